import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from "cloudflare:workers";
import { NonRetryableError } from "cloudflare:workflows";
import type { Decision, Stage, State } from "../shared/stages";
import type { Release } from "./env";

/** A release, from the build to the deployment. Each stage tells the release's board, a Durable Object, where it is. */
export class ReleaseWorkflow extends WorkflowEntrypoint<Env, Release> {
  async run(event: WorkflowEvent<Release>, step: WorkflowStep): Promise<{ deployed: string; by: string }> {
    const { version } = event.payload;
    const board = this.env.BOARDS.getByName(event.instanceId);
    const report = (stage: Stage, state: State, detail: string) => board.report({ stage, state, detail });

    const artifact = await step.do("build", async () => {
      await report("build", "running", `compiling ${version}`);
      await scheduler.wait(500);
      await report("build", "done", `app-${version}.tar`);
      return `app-${version}.tar`;
    });

    await step.do("test", { retries: { limit: 3, delay: "1 second" } }, async ({ attempt }) => {
      await report("test", "running", `attempt ${attempt}`);
      await scheduler.wait(300);
      // Every test suite has one: the first attempt fails, and the step's retries deal with it.
      if (attempt === 1) throw new Error("a flaky test failed");
      await report("test", "done", `passed at attempt ${attempt}`);
    });

    // A sleep and a wait have no code of their own that could report: steps before and after them do.
    await step.do("soaking", async () => await report("soak", "waiting", `${this.env.SOAK} under watch`));
    await step.sleep("soak", this.env.SOAK);
    await step.do("asking", async () => {
      await report("soak", "done", "nothing broke");
      await report("approval", "waiting", "somebody has to approve");
    });

    const { payload: decision } = await step.waitForEvent<Decision>("approval", { type: "decision", timeout: "1 day" });
    if (!decision.approved) {
      await step.do("rejected", async () => await report("approval", "failed", `rejected by ${decision.by}`));
      throw new NonRetryableError(`rejected by ${decision.by}`);
    }

    return await step.do("deploy", async () => {
      await report("approval", "done", `approved by ${decision.by}`);
      await report("deploy", "running", artifact);
      await scheduler.wait(500);
      await report("deploy", "done", `${version} is live`);
      await board.finish();
      return { deployed: version, by: decision.by };
    });
  }
}
