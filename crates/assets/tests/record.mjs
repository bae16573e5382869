// Asks a real `wrangler dev` what it answers, and writes that down for recorded.rs:
//
//     node record.mjs path/to/wrangler/bin/wrangler.js > fixtures/recorded.json
//
// ETags are written as the path of the file whose they are: `etag of /index.html`.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as http from "node:http";
import * as os from "node:os";
import * as path from "node:path";
import { sites } from "./record-sites.mjs";

const wrangler = path.resolve(process.argv[2]);
const WORKER = `export default { async fetch(request, env) {
  if (new URL(request.url).searchParams.has("binding")) return env.ASSETS.fetch(request);
  return new Response("worker", { headers: { "x-worker": "1" } });
} }`;
const LEFT_OUT = new Set(["date", "connection", "keep-alive", "transfer-encoding", "content-length"]);

function write(root, site) {
	for (const [name, contents] of Object.entries(site.files)) {
		const file = path.join(root, "public", name);
		fs.mkdirSync(path.dirname(file), { recursive: true });
		fs.writeFileSync(file, contents);
	}
	for (const [name, to] of Object.entries(site.links ?? {})) fs.symlinkSync(to, path.join(root, "public", name));
	fs.writeFileSync(path.join(root, "worker.js"), WORKER);
	fs.writeFileSync(
		path.join(root, "wrangler.json"),
		JSON.stringify({
			name: "recorded",
			main: site.worker ? "worker.js" : undefined,
			compatibility_date: site.date,
			compatibility_flags: site.flags,
			assets: { directory: "public", binding: site.worker ? "ASSETS" : undefined, ...site.assets },
		}),
	);
}

function etags(root) {
	const found = new Map();
	const base = path.join(root, "public");
	for (const name of fs.readdirSync(base, { recursive: true })) {
		const file = path.join(base, name);
		if (!fs.existsSync(file)) continue;
		const stamp = file + fs.statSync(file).mtimeMs.toString();
		found.set(createHash("sha256").update(stamp).digest("hex").slice(0, 32), "/" + name);
	}
	return found;
}

function start(root) {
	const child = spawn(
		process.execPath,
		[wrangler, "dev", "--port", "0", "--inspector-port", "0", "--ip", "127.0.0.1", "--show-interactive-dev-session=false"],
		{ cwd: root, env: { ...process.env, CI: "true", CLOUDFLARE_CF_FETCH_ENABLED: "false", WRANGLER_SEND_METRICS: "false", NO_COLOR: "1" } },
	);
	let log = "";
	return new Promise((resolve, reject) => {
		const read = (chunk) => {
			log += chunk;
			const ready = /Ready on http:\/\/127\.0\.0\.1:(\d+)/.exec(log);
			if (ready) resolve({ child, port: Number(ready[1]) });
		};
		child.stdout.on("data", read);
		child.stderr.on("data", read);
		child.on("exit", (code) => reject(new Error(`wrangler ended with ${code}:\n${log}`)));
	});
}

function ask(port, method, target, headers) {
	return new Promise((resolve, reject) => {
		const request = http.request(
			{ port, host: "127.0.0.1", method, path: target, headers: { host: "localhost:8787", ...headers }, agent: false },
			(response) => {
				const chunks = [];
				response.on("data", (chunk) => chunks.push(chunk));
				response.on("end", () => resolve({ response, body: Buffer.concat(chunks).toString("utf8") }));
			},
		);
		request.on("error", reject);
		request.end();
	});
}

async function record(site) {
	const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "assets-recorded-")));
	write(root, site);
	const known = etags(root);
	const named = (text) => text.replace(/"([0-9a-f]{32})"/g, (whole, etag) => (known.has(etag) ? `etag of ${known.get(etag)}` : whole));
	const byName = new Map([...known].map(([etag, name]) => [name, etag]));
	const meant = (text) => text.replace(/etag of (\S+)/g, (_, name) => `"${byName.get(name)}"`);
	const { child, port } = await start(root);
	const cases = [];
	for (const [method, target, headers = {}] of site.requests) {
		const sent = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, meant(value)]));
		const { response, body } = await ask(port, method, target, sent);
		const answered = [];
		for (let i = 0; i < response.rawHeaders.length; i += 2) {
			const name = response.rawHeaders[i].toLowerCase();
			// Whether reading the file took more than 100 ms.
			if (name === "cf-cache-status") response.rawHeaders[i + 1] = "HIT";
			if (!LEFT_OUT.has(name)) answered.push([name, named(Buffer.from(response.rawHeaders[i + 1], "latin1").toString("utf8"))]);
		}
		answered.sort();
		const one = { method, target, headers, status: response.statusCode, answered, body };
		for (const name of ["headers", "answered", "body"]) if (Object.keys(one[name]).length === 0) delete one[name];
		cases.push(one);
	}
	child.removeAllListeners("exit");
	const ended = new Promise((resolve) => child.on("exit", resolve));
	child.kill("SIGTERM");
	await ended;
	fs.rmSync(root, { recursive: true });
	const { requests, ...rest } = site;
	return { site: rest, cases };
}

const only = process.argv[3];
const lines = [];
for (const site of sites.filter((site) => !only || site.name.includes(only))) {
	console.error(site.name);
	const { site: described, cases } = await record(site);
	lines.push(`{"site":${JSON.stringify(described)},"cases":[\n${cases.map((one) => JSON.stringify(one)).join(",\n")}\n]}`);
}
console.log(`[\n${lines.join(",\n")}\n]`);
