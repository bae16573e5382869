import add from "./add.wasm";
import { stampedBy } from "./generated/stamp";
import seal from "./seal.dat";

export { LetterWorkflow } from "./workflow";

/** GET / shows what this environment is made of; POST /letters?to=… and GET /letters/<id> use its Workflow. */
export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    if (url.pathname === "/") return Response.json(await describe(env));
    const [collection, id] = url.pathname.split("/").slice(1);
    if (collection !== "letters") return new Response("not found\n", { status: 404 });
    try {
      const instance = id
        ? await env.LETTERS.get(id)
        : await env.LETTERS.create({ params: { to: url.searchParams.get("to") ?? "reader" } });
      return Response.json({ id: instance.id, ...(await instance.status()) });
    } catch (error) {
      return Response.json({ error: (error as Error).message }, { status: 400 });
    }
  },
} satisfies ExportedHandler<Env>;

async function describe(env: Env) {
  const instance = await WebAssembly.instantiate(add);
  const sum = (instance.exports.add as (a: number, b: number) => number)(40, 2);
  return {
    stage: env.STAGE,
    service: env.SERVICE,
    release: RELEASE,
    // Only the last letters, as one does with secrets.
    secrets: [env.API_TOKEN, env.SIGNING_KEY].map((secret) => secret?.slice(-4) ?? null),
    modules: { stampedBy, seal: [...new Uint8Array(seal)], sum },
  };
}
