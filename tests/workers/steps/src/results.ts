import { errorOf, ONCE, type Scenarios } from "../../common/scenario";

const twice = { retries: { limit: 1, delay: 10 } };

class Customer {
  name = "ada";
}

export const results: Scenarios = {
  // Fatal: one execution, and the instance ends though run() catches.
  async aFunction({ step, ledger }) {
    return await errorOf(
      step.do("callable", twice, async () => {
        await ledger.report("callable");
        return (() => 1) as never;
      }),
    );
  },

  async aClassInstance({ step, ledger }) {
    return await errorOf(
      step.do("customer", twice, async () => {
        await ledger.report("customer");
        return new Customer() as never;
      }),
    );
  },

  async tooLarge({ step, ledger }) {
    return await errorOf(
      step.do("large", twice, async () => {
        await ledger.report("large");
        return "x".repeat(1024 * 1024 + 1);
      }),
    );
  },

  async largest({ step }) {
    const result = await step.do("largest", ONCE, async () => "x".repeat(1024 * 1024 - 64));
    return result.length;
  },

  async runReturnsAFunction() {
    return () => 1;
  },

  async nothing({ step, ledger }) {
    const result = await step.do("nothing", async () => {
      await ledger.report("nothing");
    });
    await ledger.gate("nothing");
    await step.do("after", async () => 1);
    return result === undefined;
  },
};
