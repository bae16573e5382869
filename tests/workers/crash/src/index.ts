import { driver } from "../../common/driver";
import { workflowOf, type Play, type Scenarios } from "../../common/scenario";

// An attempt that a crash has cut off counts, so there must be more of them than crashes.
const OFTEN = { retries: { limit: 100, delay: 10, backoff: "constant" } } as const;

/** A step that reports its executions; `run()` reports its result, which nothing may execute again then. */
async function step<T>({ event, step, ledger }: Play, name: string, result: (attempt: number) => T | Promise<T>) {
  const instance = event.instanceId;
  const value = await step.do(name, OFTEN, async ({ attempt }) => {
    await ledger.report("executed", { instance, name, attempt });
    return (await result(attempt)) as any;
  });
  await ledger.report("acknowledged", { instance, name });
  return value as T;
}

const scenarios: Scenarios = {
  async short(play) {
    let sum = 0;
    for (let index = 0; index < 5; index++) sum += await step(play, `step ${index}`, () => index);
    return sum;
  },

  async retries(play) {
    return await step(play, "flaky", async (attempt) => {
      await scheduler.wait(20);
      if (attempt < 3) throw new Error(`attempt ${attempt}`);
      return 10;
    });
  },

  async sleeps(play) {
    await step(play, "before", () => 1);
    await play.step.sleep("short", 200);
    await step(play, "between", () => 2);
    await play.step.sleep("long", 2500);
    return await step(play, "after", () => 10);
  },

  async event(play) {
    await step(play, "before", () => 1);
    const { payload } = await play.step.waitForEvent<number>("for it", { type: "it", timeout: "1 hour" });
    return await step(play, "after", () => payload);
  },

  async large(play) {
    const small = await step(play, "100 KiB", () => "s".repeat(100 * 1024));
    const large = await step(play, "1 MiB", () => new Uint8Array(1024 * 1024 - 1024).fill(7));
    await play.step.sleep("a moment", 100);
    await step(play, "after", () => 1);
    return small.length === 100 * 1024 && large.length === 1024 * 1024 - 1024 && large.at(-1) === 7 ? 10 : "damaged";
  },

  async parallel(play) {
    const all = [1, 2, 3, 4].map((value) =>
      step(play, `part ${value}`, async () => {
        await scheduler.wait(value * 30);
        return value;
      }),
    );
    return (await Promise.all(all)).reduce((sum, value) => sum + value);
  },

  // Large results before a wait, so that going on needs a long replay.
  async replay(play) {
    for (let index = 0; index < 8; index++) await step(play, `large ${index}`, () => "x".repeat(300 * 1024));
    const { payload } = await play.step.waitForEvent<number>("for it", { type: "it", timeout: "1 hour" });
    return await step(play, "after", () => payload);
  },
};

export class Flow extends workflowOf(scenarios) {}

export default driver;
