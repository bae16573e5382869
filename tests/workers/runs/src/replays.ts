import { NonRetryableError } from "cloudflare:workflows";
import { ONCE, type Scenarios } from "../../common/scenario";

class PaymentError extends Error {
  override name = "PaymentError";
  code = 402;
}

const throwing: Record<string, () => unknown> = {
  plain: () => new Error("plain"),
  typed: () => new TypeError("typed"),
  own: () => new PaymentError("own"),
  fatal: () => new NonRetryableError("fatal"),
  caused: () => new Error("caused", { cause: new Error("cause") }),
  text: () => "text",
  nothing: () => undefined,
};

/** What user code can see of an error. */
function seen(error: any): object {
  return {
    name: error.name,
    message: error.message,
    text: String(error),
    keys: Reflect.ownKeys(error).map(String).sort(),
    prototype: Object.getPrototypeOf(error).constructor.name,
    isError: error instanceof Error,
    isNonRetryable: error instanceof NonRetryableError,
  };
}

export const replays: Scenarios = {
  async errors({ step, ledger }) {
    const errors: Record<string, object> = {};
    for (const [name, make] of Object.entries(throwing)) {
      await step
        .do(name, ONCE, async () => {
          throw make();
        })
        .catch((error) => (errors[name] = seen(error)));
    }
    await step
      .waitForEvent("for nothing", { type: "nothing", timeout: "1 second" })
      .catch((error) => (errors.timeout = seen(error)));
    await ledger.report("errors", { errors });
    await ledger.gate("errors");
    await step.do("done", async () => {});
    return errors;
  },

  // The first in the program is the last to complete.
  async race({ step, ledger }) {
    const order: string[] = [];
    const after = (name: string, ms: number) =>
      step
        .do(name, async () => {
          await scheduler.wait(ms);
          await ledger.report(name);
          return name;
        })
        .then((name) => {
          order.push(name);
          return name;
        });
    const all = [after("slow", 400), after("middle", 200), after("fast", 1)];
    const winner = await Promise.race(all);
    await Promise.all(all);
    await ledger.report("order", { order, winner });
    await ledger.gate("race");
    await step.do("done", async () => {});
    return { order, winner };
  },
};
