// Looks at examples/starter: node starter.mjs URL SCREENSHOT start|finish [ID]
// `start` starts a release and waits for its approval; `finish` opens that release again, approves it and waits for
// its end. The last line printed is the id of the release.
import { withPage } from "./chromium.mjs";

const [url, screenshot, what, id] = process.argv.slice(2);
const timeout = 60_000;

await withPage(async (page) => {
  const problems = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  const stage = (name, state) => page.waitForSelector(`#${name}[data-state=${state}]`, { timeout });
  const press = async (text) => (await page.waitForSelector(`::-p-text(${text})`, { timeout })).click();

  if (what === "start") {
    await page.goto(url);
    await press("Start the release");
  } else {
    // A path that is no file: the page itself must come, and find its way.
    await page.goto(`${url}/releases/${id}`);
  }
  await stage("build", "done");
  await stage("test", "done");
  await stage("approval", "waiting");
  if (what === "finish") {
    await press("Approve");
    await stage("deploy", "done");
  }
  await page.screenshot({ path: screenshot });
  if (problems.length > 0) throw new Error(`the page had errors: ${problems.join("; ")}`);
  console.log(new URL(page.url()).pathname.split("/").pop());
});
