import { errorOf, ONCE, type Scenarios } from "../../common/scenario";

export const retries: Scenarios = {
  async backoff({ step, ledger, more }) {
    const config = { retries: { limit: 3, delay: 100, backoff: more } };
    return await step.do("try", config, async ({ attempt }) => {
      await ledger.report("try", { attempt });
      if (attempt <= 3) throw new Error(`attempt ${attempt}`);
      return attempt;
    });
  },

  async delayFunction({ step, ledger }) {
    const delay = async ({ ctx, error }: any) => {
      await ledger.report("delay", { attempt: ctx.attempt, error: error.message, config: ctx.config, step: ctx.step });
      return ctx.attempt === 1 ? 30 : "1 second";
    };
    return await step.do("try", { retries: { limit: 2, delay, backoff: "constant" } }, async ({ attempt }) => {
      if (attempt <= 2) throw new Error(`attempt ${attempt}`);
      return attempt;
    });
  },

  async delayFunctionFails({ step }) {
    const tries = async (name: string, delay: any) =>
      await errorOf(
        step.do(name, { retries: { limit: 2, delay } }, async () => {
          throw new Error("again");
        }),
      );
    return [
      await tries("throws", () => {
        throw new Error("no idea");
      }),
      await tries("nonsense", () => "soon"),
      await tries("object", () => ({})),
      await tries("slow", () => new Promise(() => setTimeout(() => {}, 60_000))),
    ];
  },

  async timeout({ step, ledger }) {
    const config = { retries: { limit: 1, delay: 10 }, timeout: 200 };
    return await step.do("slow", config, async ({ attempt }) => {
      await ledger.report("slow");
      if (attempt === 1) await scheduler.wait(60_000);
      return attempt;
    });
  },

  async timeoutForGood({ step }) {
    const { retries } = ONCE;
    return await errorOf(step.do("slow", { retries, timeout: "1 second" }, async () => await scheduler.wait(60_000)));
  },
};
