import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from "cloudflare:workers";
import type { Env } from "./index";

export interface Signup {
  email: string;
}

export class SignupWorkflow extends WorkflowEntrypoint<Env, Signup> {
  async run(event: WorkflowEvent<Signup>, step: WorkflowStep) {
    // Each step runs until it succeeds, once: its result is recorded before the next line sees it.
    const token = await step.do("make a token", async () => crypto.randomUUID());

    const retries = { limit: 5, delay: "1 second", backoff: "exponential" } as const;
    await step.do("send the mail", { retries }, async () => {
      console.log(`confirm with token ${token}, ${event.payload.email}`);
    });

    // The instance takes no memory while it waits, and survives restarts.
    const confirmed = await step.waitForEvent<{ by: string }>("wait for the link", {
      type: "confirmed",
      timeout: "3 days",
    });

    await step.sleep("let it settle", "1 second");
    return { email: event.payload.email, confirmedBy: confirmed.payload.by };
  }
}
