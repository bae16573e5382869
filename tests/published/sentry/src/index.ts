import * as Sentry from "@sentry/cloudflare";
import { options, type Env } from "./env";

export { Counter } from "./counter";
export { VisitWorkflow } from "./visit";

/** POST /visits?guest=…, GET /visits/<id>, POST /visits/<id> (the guest leaves). */
const handler: ExportedHandler<Env> = {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    const [collection, id] = pathname.split("/").slice(1);
    if (collection !== "visits") throw new Error("there are visits only");
    if (!id) {
      const instance = await env.VISITS.create({ params: { guest: searchParams.get("guest") } });
      return Response.json({ id: instance.id });
    }
    const instance = await env.VISITS.get(id);
    if (request.method === "POST") await instance.sendEvent({ type: "left", payload: { at: "noon" } });
    return Response.json(await instance.status());
  },
};

export default Sentry.withSentry(options, handler);
