// Shapes of which little is known.
import { WorkflowEntrypoint } from "cloudflare:workers";
export class W extends WorkflowEntrypoint {
  async run(...args) {
    const [event, step] = args;
    await step.do(event.payload.name, event.payload.config, async () => {});
    await step.do(...args);
    await step.do();
    await step.sleep();
    await step.sleepUntil("x");
    await step.waitForEvent("y");
    await step.waitForEvent("z", options);
    await step.unknown("q");
    await step.do("infinite", { retries: { limit: Infinity, delay: "1 second" }, ...more }, async () => {});
    await step?.do?.("optional", async () => {});
  }
}
