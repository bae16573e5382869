import { errorOf, type Scenarios } from "../../common/scenario";

const config = { retries: { limit: 2, delay: "1 second", backoff: "linear" }, timeout: "1 minute" } as const;

export const calls: Scenarios = {
  async overloads({ step }) {
    const rollback = { rollback: async () => {} };
    return [
      await step.do("callback", async () => 1),
      await step.do("config and callback", config, async () => 2),
      await step.do("callback and rollback", async () => 3, rollback),
      await step.do("all", config, async () => 4, rollback),
    ];
  },

  async names({ step }) {
    const seen: unknown[] = [];
    for (const name of ["a", "b", "a", "a"]) seen.push(await step.do(name, async ({ step }) => step));
    await step.sleep("a", 1);
    seen.push(await step.do("a", async ({ step }) => step));
    return seen;
  },

  async context({ step }) {
    return {
      byDefault: await step.do("by default", async (ctx) => ctx),
      given: await step.do("given", config, async (ctx) => ctx),
    };
  },

  async event({ event }) {
    return { ...event, isDate: event.timestamp instanceof Date };
  },

  async parallel({ step, ledger }) {
    return await Promise.all(
      ["a", "b", "c"].map((name) =>
        step.do(name, async () => {
          await ledger.gate("parallel");
          return name;
        }),
      ),
    );
  },

  async loop({ step, ledger }) {
    let sum = 0;
    for (let index = 1; index <= 20; index++) {
      sum += await step.do("add", async (ctx) => {
        await ledger.report("add", { count: ctx.step.count });
        return index;
      });
    }
    return sum;
  },

  async validation({ step }) {
    const any = step as any;
    const callback = async () => 1;
    return [
      await errorOf(() => any.do("none")),
      await errorOf(() => any.do("x".repeat(257), callback)),
      await errorOf(() => any.do("tab\there", callback)),
      await errorOf(() => any.do("negative", { retries: { limit: -1, delay: 0 } }, callback)),
      await errorOf(() => any.do("no delay", { retries: { limit: 1 } }, callback)),
      await errorOf(() => any.do("zero", { timeout: 0 }, callback)),
      await errorOf(() => any.do("unknown", { retires: {} }, callback)),
      await errorOf(() => any.do("text", callback, "rollback")),
      await errorOf(() => any.do("number", callback, { rollback: 1 })),
    ];
  },

  async steps({ step, more }) {
    for (let index = 0; index < more; index++) await step.do("one", async () => index);
    await step.sleep("a sleep is no step", 1);
    return "within the limit";
  },
};
