import { DurableObject } from "cloudflare:workers";
import { driver } from "../../common/driver";
import { workflowOf } from "../../common/scenario";
import { operations } from "./operations";

const call = async (name: string, env: any, id: string) => await operations[name](env, id);

const scenarios = {
  async empty() {
    return "empty";
  },

  async payload({ event }: any) {
    return event.payload.more;
  },

  async wait({ step, ledger }: any) {
    await step.do("before", async () => await ledger.report("before"));
    const { payload } = await step.waitForEvent("for it", { type: "it", timeout: "1 hour" });
    return await step.do("after", async () => payload);
  },

  async waitOnly({ step }: any) {
    return (await step.waitForEvent("for it", { type: "it", timeout: "1 hour" })).payload;
  },

  async busy({ step, ledger }: any) {
    await step.do("busy", async () => {
      await ledger.report("busy");
      await ledger.gate("busy");
    });
    return await step.do("after", async () => await ledger.report("after"));
  },

  async three({ step, ledger }: any) {
    for (const name of ["a", "b", "c"]) await step.do(name, async () => await ledger.report(name));
    return "three";
  },

  async deletesItself({ step, ledger, env, event, more }: any) {
    await step.do("before", async () => await ledger.report("before"));
    const itself = await env.FLOW.get(event.instanceId);
    const deletes = async () => {
      await itself.delete();
      await ledger.report("after");
    };
    if (more === "in a step") await step.do("deletes", deletes);
    else await deletes();
    await step.do("later", async () => await ledger.report("later"));
  },

  // The operation that `more` names, from inside a step.
  async operation({ step, env, event, more }: any) {
    return await step.do("operate", async () => await call(more, env, `${event.instanceId}-child`));
  },
};

export class Flow extends workflowOf(scenarios) {}

export class Other extends workflowOf(scenarios) {}

/** Counts on disk, and uses the binding. */
export class Counter extends DurableObject<any> {
  async increment(): Promise<number> {
    const count = ((await this.ctx.storage.get<number>("count")) ?? 0) + 1;
    await this.ctx.storage.put("count", count);
    return count;
  }

  async operate(name: string, id: string): Promise<unknown> {
    return await call(name, this.env, id);
  }
}

export default {
  async fetch(request: Request, env: any): Promise<Response> {
    const [first, name, from] = new URL(request.url).pathname.split("/").slice(1);
    const object = env.OBJECT.getByName?.("one") ?? env.OBJECT.get(env.OBJECT.idFromName("one"));
    if (first === "count") return Response.json(await object.increment());
    if (first !== "operation") return await driver.fetch(request, env);
    if (from === "object") return Response.json(await object.operate(name, "object"));
    return Response.json(await call(name, env, "fetch"));
  },
};
