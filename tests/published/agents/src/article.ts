import { AgentWorkflow, type AgentWorkflowEvent, type AgentWorkflowStep } from "agents/workflows";
import type { Editor } from "./editor";

/** The SDK's class is a WorkflowEntrypoint: it wraps `run`, and has the agent that asked for this. */
export class ArticleWorkflow extends AgentWorkflow<Editor, { about: string }> {
  async run(event: AgentWorkflowEvent<{ about: string }>, step: AgentWorkflowStep) {
    const text = await step.do("write", async () => `all about ${event.payload.about}`);
    const headline = await step.do("find a headline", async () => await this.agent.headline(text));
    await this.reportProgress({ step: "written", status: "complete", percent: 0.5 });
    const accepted = await this.waitForApproval<{ by: string }>(step, { timeout: "1 hour" });
    await step.reportComplete({ headline, by: accepted?.by });
    return headline;
  }
}
