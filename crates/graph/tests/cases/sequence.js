// Steps one after the other, with configurations as written and defaults.
import { WorkflowEntrypoint } from "cloudflare:workers";
const DELAY = "5 seconds";
export class W extends WorkflowEntrypoint {
  async run(event, step) {
    const user = await step.do("load user", async () => this.env.DB.get(event.payload.userId));
    await step.do("charge", { retries: { limit: 3, delay: DELAY, backoff: "linear" }, timeout: "1 minute" }, async () => {
      return charge(user, event.payload.order.total);
    });
    await step.do("dynamic", { retries: { limit: 2, delay: ({ error }) => 1000 } }, async () => {});
    await step.do("computed", { timeout: this.env.TIMEOUT }, async () => {}, { rollback: async () => {} });
    await step.do("undo", async () => {}, { rollback: async () => {} });
    await step.sleep("a while", 1000 * 60);
    await step.sleep("longer", "2 hours");
    await step.sleepUntil("then", new Date("2027-01-01T00:00:00Z"));
    const answer = await step.waitForEvent("answer", { type: "approval", timeout: "3 days" });
    if (!answer.payload.approved) return "refused";
    await step.waitForEvent(`answer of ${user.name}`, { type: `for-${user.id}` });
    return "done";
  }
}
