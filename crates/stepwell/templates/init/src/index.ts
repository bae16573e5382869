import type { Signup } from "./signup";

export { SignupWorkflow } from "./signup";

export interface Env {
  SIGNUP: Workflow<Signup>;
}

// POST /signups {"email": …}     starts an instance
// GET  /signups/ID               its status
// POST /signups/ID/confirm       sends the event that it waits for
export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    const [, collection, id, action] = pathname.split("/");
    if (collection !== "signups") {
      return new Response("POST /signups starts a signup\n", { status: pathname === "/" ? 200 : 404 });
    }

    if (id === undefined && request.method === "POST") {
      const instance = await env.SIGNUP.create({ params: await request.json<Signup>() });
      return Response.json({ id: instance.id }, { status: 201 });
    }

    const instance = await env.SIGNUP.get(id ?? "").catch(() => undefined);
    if (!instance) return Response.json({ error: "no such signup" }, { status: 404 });
    if (action === "confirm" && request.method === "POST") {
      await instance.sendEvent({ type: "confirmed", payload: { by: "link" } });
    }
    return Response.json(await instance.status());
  },
} satisfies ExportedHandler<Env>;
