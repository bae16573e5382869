// try, catch, finally, throw.
import { WorkflowEntrypoint } from "cloudflare:workers";
export class W extends WorkflowEntrypoint {
  async run(event, step) {
    try {
      await step.do("risky", async () => {});
    } catch (error) {
      await step.do(`compensate ${error.message}`, async () => {});
      throw error;
    } finally {
      await step.do("always", async () => {});
    }
    try {
      await step.do("again", async () => {});
    } catch {}
    try {
      console.log("nothing to see");
    } catch {}
  }
}
