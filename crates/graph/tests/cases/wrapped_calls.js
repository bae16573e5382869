// Callbacks that go through what is not known.
import { WorkflowEntrypoint } from "cloudflare:workers";
import pMap from "p-map";
export class W extends WorkflowEntrypoint {
  async run(event, step) {
    await pMap(event.payload.list, async (item) => {
      await step.do(`item ${item}`, async () => item);
    });
    await withSpan("x", { run: () => step.do("in options", async () => {}) });
    await new Promise((resolve) => step.do("in constructor", async () => resolve()));
    const total = await event.payload.list.reduce(async (sum, item) => {
      return (await sum) + (await step.do(`add ${item}`, async () => 1));
    }, 0);
    const plan = [
      { name: "one", run: () => step.do("planned", async () => {}) },
    ];
    await step.do("end", async () => total);
  }
}
