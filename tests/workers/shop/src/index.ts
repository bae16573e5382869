// What the tests of deployments deploy: a Workflow, a Durable Object, variables and secrets.
import { DurableObject, WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from "cloudflare:workers";

// Replaced by tests, to tell one version from the next.
const EDITION = "first";

interface Env {
  GREETING: string;
  SETTINGS: { nested: boolean; n: number };
  API_KEY?: string;
  VERSION: { id: string; tag: string };
  ORDER: Workflow<{ gate?: boolean }>;
  COUNTER: DurableObjectNamespace<Counter>;
}

export class OrderWorkflow extends WorkflowEntrypoint<Env, { gate?: boolean }> {
  async run(event: WorkflowEvent<{ gate?: boolean }>, step: WorkflowStep) {
    const begun = await step.do("begin", async () => {
      console.log("begins", event.instanceId);
      return { edition: EDITION, greeting: this.env.GREETING };
    });
    if (event.payload?.gate) {
      await step.waitForEvent("wait for the gate", { type: "open", timeout: "1 hour" });
    }
    const counted = await step.do("count", async () => {
      const counter = this.env.COUNTER.get(this.env.COUNTER.idFromName("orders"));
      return counter.next();
    });
    return { begun, counted, ended: EDITION, payload: event.payload };
  }
}

export class Counter extends DurableObject<Env> {
  async next() {
    const value = ((await this.ctx.storage.get<number>("value")) ?? 0) + 1;
    await this.ctx.storage.put("value", value);
    return value;
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const url = new URL(request.url);
    switch (url.pathname) {
      case "/":
        return Response.json({
          edition: EDITION,
          greeting: env.GREETING,
          settings: env.SETTINGS,
          secret: env.API_KEY ?? null,
          version: env.VERSION.id,
        });
      case "/count":
        return Response.json(await env.COUNTER.get(env.COUNTER.idFromName(url.searchParams.get("name") ?? "one")).next());
      case "/create": {
        const instance = await env.ORDER.create({ id: url.searchParams.get("id") ?? undefined, params: { gate: url.searchParams.has("gate") } });
        return Response.json({ id: instance.id });
      }
      case "/log":
        console.log("asked for", url.search);
        return new Response("logged");
      case "/throw":
        throw new Error("a secret of the code");
      default:
        return new Response("not found", { status: 404 });
    }
  },
} satisfies ExportedHandler<Env>;
