import { createHash } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Rows } from "./workflow";

/** The rows as CSV, and the SHA-256 of it in hex: a pipeline of Node's streams. */
export async function toCsv(rows: Readonly<Rows>): Promise<{ csv: string; digest: string }> {
  const written = new EventEmitter();
  const finished = once(written, "csv");
  const lines = new Transform({
    writableObjectMode: true,
    transform: (row: Rows[number], _encoding, done) => done(null, `${row.join(",")}\n`),
  });

  await pipeline(Readable.from(rows), lines, async (text) => {
    const chunks: Buffer[] = [];
    for await (const chunk of text) chunks.push(Buffer.from(chunk));
    written.emit("csv", Buffer.concat(chunks).toString("utf8"));
  });

  const [csv] = await finished;
  return { csv, digest: createHash("sha256").update(csv).digest("hex") };
}
