import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from "cloudflare:workers";

/** What an instance does. */
export type Job =
  /** `steps` steps one after another, each with a result of `bytes` characters (0: a number). */
  | { kind: "steps"; steps: number; bytes: number }
  /** The same, and tells the benchmark of each step that settled: over a WebSocket, or as a line of the log. */
  | { kind: "watched"; steps: number; bytes: number; clock: string }
  /** Sleeps until `due` (Unix milliseconds). */
  | { kind: "nap"; due: number }
  /** Sleeps for a day. */
  | { kind: "sleep" }
  /** Fills a journal, waits for an event, then runs one more step. */
  | { kind: "journal"; steps: number }
  /** Steps that take `every` milliseconds each, to be interrupted by a kill. */
  | { kind: "ticks"; steps: number; every: number };

// A killed attempt is retried; the wait before that is no part of what is measured.
const RETRY_AT_ONCE = { retries: { limit: 20, delay: 1, backoff: "constant" as const } };

export class Bench extends WorkflowEntrypoint<unknown, Job> {
  async run(event: WorkflowEvent<Job>, step: WorkflowStep): Promise<unknown> {
    const job = event.payload;
    switch (job.kind) {
      case "steps":
        await sequence(step, job, () => {});
        // The runtime's clock moves when a message arrives, so this is when the last step's result came back.
        return Date.now();
      case "watched":
        return watched(step, job);
      case "nap":
        try {
          await step.sleepUntil("nap", new Date(job.due));
        } catch {
          // Created after it was due (engines refuse such a sleep): counted, not measured.
          return "late";
        }
        return Date.now() - job.due;
      case "sleep":
        await step.sleep("a day", "1 day");
        return Date.now();
      case "journal": {
        await sequence(step, { steps: job.steps, bytes: 0 }, () => {});
        await step.waitForEvent("go", { type: "go", timeout: "1 hour" });
        return step.do("first after the replay", async () => Date.now());
      }
      case "ticks": {
        const times: number[] = [];
        for (let index = 0; index < job.steps; index++) {
          times.push(
            await step.do(`tick ${index}`, RETRY_AT_ONCE, async () => {
              const time = Date.now();
              await scheduler.wait(job.every);
              return time;
            }),
          );
        }
        return times;
      }
    }
  }
}

async function sequence(
  step: WorkflowStep,
  job: { steps: number; bytes: number },
  settled: () => void,
): Promise<void> {
  const text = "x".repeat(job.bytes);
  for (let index = 0; index < job.steps; index++) {
    await step.do(`step ${index}`, async () => (job.bytes > 0 ? text : index));
    settled();
  }
}

async function watched(step: WorkflowStep, job: Job & { kind: "watched" }): Promise<string> {
  if (job.clock === "log") {
    await sequence(step, job, () => console.log("tick"));
    return "done";
  }
  const socket = new WebSocket(job.clock);
  await new Promise<void>((open, failed) => {
    socket.addEventListener("open", () => open());
    socket.addEventListener("error", () => failed(new Error(`no clock at ${job.clock}`)));
  });
  await sequence(step, job, () => socket.send("tick"));
  socket.close(1000);
  return "done";
}
