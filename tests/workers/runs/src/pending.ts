import { type Scenarios } from "../../common/scenario";

/** Runs that wait for something which is no step. */
export const pending: Scenarios = {
  async hang({ step }) {
    await step.do("before", async () => 1);
    await new Promise(() => {});
  },

  async timerAgainstEvent({ step, ledger }) {
    await ledger.report("run");
    const event = step.waitForEvent("for nothing", { type: "nothing", timeout: "1 hour" }).then(() => "event");
    return await Promise.race([event, scheduler.wait(3500).then(() => "timer")]);
  },

  async waitUntil({ step, ledger, ctx }) {
    await ledger.report("run");
    const late = async () => {
      await scheduler.wait(3000);
      await ledger.report("late");
    };
    ctx.waitUntil(late());
    await step.sleep("long", "1 hour");
  },

  async log({ step }) {
    console.log("outside", { of: "steps" });
    await step.do("speak", async () => console.warn("inside", [1, 2]));
  },
};
