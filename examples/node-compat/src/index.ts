import { readFileSync } from "node:fs";
import { format, inspect } from "node:util";
import type { Rows } from "./workflow";

export { ExportWorkflow } from "./workflow";

declare global {
  interface Env {
    EXPORTS: Workflow<Rows>;
    SIGNING_KEY: string;
  }
}

export default {
  async fetch(request, env) {
    const [collection, id] = new URL(request.url).pathname.split("/").slice(1);
    try {
      if (collection === "exports" && id) return await show(id, env);
      if (collection === "exports") {
        const instance = await env.EXPORTS.create({ params: await request.json() });
        return Response.json({ id: instance.id }, { status: 201 });
      }
      if (collection === "disk") return new Response(readFileSync("/etc/hostname"));
    } catch (error) {
      return Response.json({ error: (error as Error).message }, { status: 400 });
    }
    return new Response(format("POST /exports %s, GET /exports/<id>, GET /disk\n", inspect([["tea", 3]])));
  },
} satisfies ExportedHandler<Env>;

async function show(id: string, env: Env): Promise<Response> {
  const { status, output, error } = await (await env.EXPORTS.get(id)).status();
  return Response.json({ id, status, output, error });
}
