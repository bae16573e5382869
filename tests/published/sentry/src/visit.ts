import * as Sentry from "@sentry/cloudflare";
import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from "cloudflare:workers";
import { options, type Env } from "./env";

/** A guest comes, is counted, and leaves. */
class Visit extends WorkflowEntrypoint<Env, { guest: string | null }> {
  async run(event: WorkflowEvent<{ guest: string | null }>, step: WorkflowStep) {
    const name = await step.do("greet", { retries: { limit: 1, delay: 100 } }, async () => {
      if (!event.payload.guest) throw new Error("a guest has a name");
      return event.payload.guest.toUpperCase();
    });
    await step.sleep("sit down", 200);
    const count = await step.do("count", async () => await this.env.COUNTER.getByName("door").add());
    const left = await step.waitForEvent<{ at: string }>("until it leaves", { type: "left", timeout: "1 hour" });
    return { name, count, left: left.payload.at };
  }
}

export const VisitWorkflow = Sentry.instrumentWorkflowWithSentry(options, Visit);
