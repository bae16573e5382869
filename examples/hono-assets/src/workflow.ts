import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from "cloudflare:workers";
import { NonRetryableError } from "cloudflare:workflows";

export interface Import {
  feeds: number;
}

/** Imports feeds one after the other. Every feed is down at first, so each step needs its retries. */
export class ImportWorkflow extends WorkflowEntrypoint<Env, Import> {
  async run(event: WorkflowEvent<Import>, step: WorkflowStep): Promise<{ items: number; attempts: number[] }> {
    const { feeds } = event.payload;
    if (!Number.isInteger(feeds) || feeds < 1) throw new NonRetryableError("feeds must be a number above 0");

    const attempts: number[] = [];
    for (let feed = 1; feed <= feeds; feed++) {
      const needed = await step.do(
        `feed ${feed}`,
        { retries: { limit: 4, delay: 200, backoff: "linear" }, timeout: "10 seconds" },
        async ({ attempt }) => {
          if (attempt < feed) throw new Error(`feed ${feed} did not answer (attempt ${attempt})`);
          return attempt;
        },
      );
      attempts.push(needed);
    }
    return { items: feeds * 10, attempts };
  }
}

declare global {
  interface Env {
    ASSETS: Fetcher;
    IMPORTS: Workflow<Import>;
  }
}
