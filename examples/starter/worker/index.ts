import type { Decision } from "../shared/stages";
import type { Release } from "./env";

export { Board } from "./board";
export { ReleaseWorkflow } from "./workflow";

export default {
  async fetch(request, env) {
    const [, collection, id, action] = new URL(request.url).pathname.split("/").slice(1);
    if (collection !== "releases") return missing();
    try {
      if (!id && request.method === "POST") return await start(await request.json(), env);
      if (id && !action && request.method === "GET") return await show(id, env);
      if (id && action === "decision" && request.method === "POST") return await decide(id, await request.json(), env);
      if (id && action === "live") return await watch(id, request, env);
    } catch (error) {
      const { message } = error as Error;
      return Response.json({ error: message }, { status: message.includes("not_found") ? 404 : 400 });
    }
    return missing();
  },
} satisfies ExportedHandler<Env>;

async function start(release: Release, env: Env): Promise<Response> {
  if (!/^\d+\.\d+\.\d+$/.test(release.version)) throw new Error("version must look like 1.2.3");
  const instance = await env.RELEASES.create({ params: release });
  return Response.json({ id: instance.id }, { status: 201 });
}

async function show(id: string, env: Env): Promise<Response> {
  const instance = await env.RELEASES.get(id);
  const [{ status, output, error }, updates] = await Promise.all([instance.status(), env.BOARDS.getByName(id).updates()]);
  return Response.json({ id, status, output, error, updates });
}

async function decide(id: string, decision: Decision, env: Env): Promise<Response> {
  const instance = await env.RELEASES.get(id);
  await instance.sendEvent({ type: "decision", payload: decision });
  return Response.json({ id, sent: decision });
}

async function watch(id: string, request: Request, env: Env): Promise<Response> {
  // Throws for an instance that does not exist, so that nobody makes boards by asking for them.
  await env.RELEASES.get(id);
  return await env.BOARDS.getByName(id).fetch(request);
}

function missing(): Response {
  return Response.json({ error: "no such route" }, { status: 404 });
}
