import { driver } from "../../common/driver";
import { workflowOf } from "../../common/scenario";
import { describe } from "./describe";
import { VALUES } from "./table";

const all = () => Object.fromEntries(Object.entries(VALUES).map(([name, make]) => [name, make()]));

/** The names of the values that are not what they were. */
function changed(values: Record<string, unknown>): string[] {
  return Object.keys(VALUES).filter((name) => describe(values[name]) !== describe(VALUES[name]()));
}

export class Flow extends workflowOf({
  // Every value in the params and in the payload of an event.
  async carried({ step, more }) {
    const { payload } = await step.waitForEvent<any>("for values", { type: "values", timeout: "1 hour" });
    return { params: changed(more), payload: changed(payload) };
  },

  // Every value through a step; what came back, as this run sees it, goes to the ledger.
  async values({ step, ledger }) {
    const wrong: Record<string, unknown> = {};
    const seen: Record<string, string> = {};
    for (const [name, make] of Object.entries(VALUES)) {
      const value = await step.do(name, async () => {
        await ledger.report("executed", { name });
        return make() as any;
      });
      seen[name] = describe(value);
      if (seen[name] !== describe(make())) wrong[name] = [seen[name], describe(make())];
    }
    await ledger.report("seen", { seen });
    await ledger.gate("values");
    await step.do("done", async () => {});
    return wrong;
  },
}) {}

export default {
  async fetch(request: Request, env: any): Promise<Response> {
    const [action, id] = new URL(request.url).pathname.split("/").slice(1);
    if (action === "carry") {
      await env.FLOW.create({ id, params: { scenario: "carried", ledger: "", more: all() } });
      return Response.json(id);
    }
    if (action === "send") {
      await (await env.FLOW.get(id)).sendEvent({ type: "values", payload: all() });
      return Response.json(id);
    }
    return await driver.fetch(request, env);
  },
};
