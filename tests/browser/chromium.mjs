// Starts the Chromium that comes as an npm package (Linux x64): nothing has to be installed on the machine.
import { existsSync } from "node:fs";
import { mkdtemp, rm, readFile, writeFile } from "node:fs/promises";
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import puppeteer from "puppeteer-core";

const packaged = join(dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium")), "../../bin");

/** Calls `look` with a new page of a browser of its own; closes and removes everything after it. */
export async function withPage(look) {
  const directory = await mkdtemp(join(tmpdir(), "stepwell-chromium-"));
  const executablePath = join(directory, "chromium");
  let browser;
  try {
    await writeFile(executablePath, await unpacked("chromium.br"), { mode: 0o755 });
    const env = { ...process.env, HOME: directory, LD_LIBRARY_PATH: await libraries(directory) };
    browser = await puppeteer.launch({
      executablePath,
      env,
      headless: "shell",
      userDataDir: join(directory, "profile"),
      args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server"],
    });
    const page = await browser.newPage();
    await page.setViewport({ width: 1000, height: 720 });
    await look(page);
  } finally {
    await browser?.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** The few libraries that a machine without a desktop lacks come with the package too. */
async function libraries(directory) {
  const archive = join(directory, "libraries.tar");
  await writeFile(archive, await unpacked("al2023.tar.br"));
  execFileSync("tar", ["-xf", archive, "-C", directory]);
  const own = join(directory, "lib");
  if (!existsSync(own)) throw new Error("the package's libraries are not where they were");
  return own;
}

async function unpacked(name) {
  return brotliDecompressSync(await readFile(join(packaged, name)));
}
