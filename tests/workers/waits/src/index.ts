import { driver } from "../../common/driver";
import { errorOf, workflowOf, type Scenarios } from "../../common/scenario";

const HOUR = 3_600_000;

const scenarios: Scenarios = {
  async sleep({ step }) {
    const since = Date.now();
    await step.sleep("a while", 300);
    return Date.now() - since;
  },

  async sleepUntil({ step }) {
    const since = Date.now();
    await step.sleepUntil("later", new Date(since + 500));
    const between = Date.now();
    await step.sleepUntil("later", between + 500);
    return [between - since, Date.now() - between];
  },

  async sleepUntilThePast({ step }) {
    return await errorOf(() => step.sleepUntil("past", Date.now() - 1000));
  },

  // Its deadline is recorded: a replay after the moment goes on.
  async sleepThroughARestart({ step, ledger }) {
    const until = await step.do("choose", async () => Date.now() + 3000);
    await step.do("first", async () => await ledger.report("first"));
    await step.sleepUntil("later", until);
    await ledger.gate("slept");
    return await step.do("second", async () => Date.now() - until);
  },

  // Long enough to leave memory: run() is called again afterwards.
  async longSleep({ step, ledger }) {
    await ledger.report("run");
    await step.do("first", async () => await ledger.report("first"));
    await step.sleep("long", "4 seconds");
    return await step.do("second", async () => "woken");
  },

  async event({ step }) {
    const { payload, timestamp, type } = await step.waitForEvent<any>("for it", { type: "it", timeout: "1 hour" });
    return { payload, type, isDate: timestamp instanceof Date };
  },

  async eventBefore({ step, ledger }) {
    await step.do("not yet", async () => await ledger.gate("events"));
    const payloads: unknown[] = [];
    for (let index = 0; index < 3; index++) {
      payloads.push((await step.waitForEvent("for it", { type: "it", timeout: HOUR })).payload);
    }
    return payloads;
  },

  async twoWaits({ step }) {
    const wait = async (type: string) => (await step.waitForEvent<any>(`for ${type}`, { type, timeout: HOUR })).payload;
    return await Promise.all([wait("a"), wait("b"), wait("a")]);
  },

  async eventTimeout({ step, ledger }) {
    const error = await errorOf(step.waitForEvent("for it", { type: "it", timeout: "1 second" }));
    await ledger.report("timed out", { error });
    await ledger.gate("timeout");
    // A wait that timed out must not swallow the event of the next one.
    const next = await step.waitForEvent<any>("for it", { type: "it", timeout: HOUR });
    return { error, next: next.payload };
  },

  async wait({ step, ledger }) {
    await step.do("before", async () => await ledger.report("before"));
    await step.waitForEvent("for it", { type: "it", timeout: HOUR });
    return await step.do("after", async () => {
      await ledger.report("after");
      return "after";
    });
  },
};

export class Flow extends workflowOf(scenarios) {}

export default driver;
