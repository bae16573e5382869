import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from "cloudflare:workers";
import { greet } from "greeting";
import letter from "./letter.md";

/** A letter in four steps: more than the `limits` of staging allow. */
export class LetterWorkflow extends WorkflowEntrypoint<Env, { to: string }> {
  async run(event: WorkflowEvent<{ to: string }>, step: WorkflowStep): Promise<string> {
    const text = await step.do("write", async () => greet(letter, event.payload.to));
    await step.do("fold", async () => text.length);
    await step.do("seal", async () => `sealed with ${this.env.API_TOKEN ? "a token" : "nothing"}`);
    await step.do("post", async () => `to ${this.env.SERVICE.url}`);
    return `${this.env.STAGE}: ${text.split("\n")[0]}`;
  }
}
