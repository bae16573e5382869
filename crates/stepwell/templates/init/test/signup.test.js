// Runs the project as a user would: `npm test`. Needs nothing but Node.js and stepwell.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";

let server, url, state;

before(async () => {
  state = await mkdtemp(join(tmpdir(), "signup-"));
  const ports = ["--port", "0", "--api-port", "0"];
  server = spawn(process.env.STEPWELL ?? "stepwell", ["dev", "--no-watch", "--persist-to", state, ...ports], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: server.stdout })) {
    url = line.match(/^Ready on (\S+)/)?.[1];
    if (url) return;
  }
  throw new Error("stepwell ended before it was ready");
});

after(async () => {
  if (server.exitCode === null) {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGINT");
    await ended;
  }
  await rm(state, { recursive: true, force: true });
});

const call = async (path, init) => (await fetch(url + path, init)).json();

test("a signup waits for its confirmation, then completes", { timeout: 60_000 }, async () => {
  const body = JSON.stringify({ email: "ada@example.com" });
  const { id } = await call("/signups", { method: "POST", body });
  await call(`/signups/${id}/confirm`, { method: "POST" });

  let signup;
  do {
    await new Promise((resolve) => setTimeout(resolve, 100));
    signup = await call(`/signups/${id}`);
  } while (!["complete", "errored", "terminated"].includes(signup.status));

  assert.equal(signup.status, "complete");
  assert.deepEqual(signup.output, { email: "ada@example.com", confirmedBy: "link" });
});
