import { errorOf, type Scenarios } from "../../common/scenario";

let kept: Response | undefined;

/** Runs that leave something behind, and runs that look for it. */
export const leaving: Scenarios = {
  async unawaitedStep({ step, ledger }) {
    void step.do("left behind", async () => {
      await ledger.gate("left behind");
      return "left";
    });
    // The callback has begun when run() ends.
    await scheduler.wait(50);
    return "returned";
  },

  async lateStep({ step, ledger, ctx }) {
    const late = async () => {
      await scheduler.wait(200);
      await ledger.report("late", { error: await errorOf(() => step.do("late step", async () => 1)) });
    };
    ctx.waitUntil(late());
    return "returned";
  },

  async keepResponse({ event }) {
    kept = await fetch(event.payload.ledger, { method: "POST", body: "{}" });
    return "kept";
  },

  async useResponse() {
    if (kept === undefined) return "another process";
    return await errorOf(async () => {
      await kept!.text();
    });
  },

  async neighbour({ step, event }) {
    const own = await step.do("own", async () => event.instanceId);
    await step.sleep("a moment", 20);
    return { own, second: await step.do("second", async () => event.instanceId) };
  },
};
