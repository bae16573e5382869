import { NonRetryableError } from "cloudflare:workflows";
import { errorOf, ONCE, type Scenarios } from "../../common/scenario";

class PaymentError extends Error {
  override name = "PaymentError";
}

const often = { retries: { limit: 2, delay: 10, backoff: "constant" } } as const;

export const failures: Scenarios = {
  async nonRetryableStep({ step, ledger }) {
    return await step.do("refuse", async () => {
      await ledger.report("refuse");
      throw new NonRetryableError("no such customer");
    });
  },

  async nonRetryableRun() {
    throw new NonRetryableError("not like this");
  },

  async nonRetryableCaught({ step, ledger }) {
    const error = await errorOf(
      step.do("refuse", async () => {
        await ledger.report("refuse");
        throw new NonRetryableError("no such customer");
      }),
    );
    return { error, after: await step.do("go on", async () => "went on") };
  },

  // Recognised by its name, though it is another class.
  async nonRetryableByName({ step, ledger }) {
    return await step.do("refuse", async () => {
      await ledger.report("refuse");
      throw Object.assign(new Error("by name"), { name: "NonRetryableError" });
    });
  },

  async lastAttempt({ step, ledger }) {
    return await step.do("always", often, async ({ attempt }) => {
      await ledger.report("always");
      throw new PaymentError(`declined ${attempt}`);
    });
  },

  async noRetries({ step, ledger }) {
    return await step.do("once", ONCE, async () => {
      await ledger.report("once");
      throw new Error("once is enough");
    });
  },

  // What throws when it is looked at: nothing of it can be recorded.
  async hostile({ step }) {
    const error = await errorOf(
      step.do("hostile", ONCE, async () => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        throw proxy;
      }),
    );
    return { error, after: await step.do("go on", async () => "went on") };
  },

  async caught({ step }) {
    const error = await errorOf(
      step.do("always", ONCE, async () => {
        throw new PaymentError("declined");
      }),
    );
    return { error, after: await step.do("go on", async () => "went on") };
  },

  async thrownText({ step }) {
    return await errorOf(
      step.do("text", ONCE, async () => {
        throw "just a text";
      }),
    );
  },

  async runThrows() {
    throw new PaymentError("from run");
  },
};
