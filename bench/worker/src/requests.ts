import type { Job } from "./workflow";

export interface Environment {
  BENCH: Workflow<Job>;
}

/** What the benchmark asks for. */
type Asked =
  | { op: "ping" }
  /** Waves of `atOnce` instances: all are created, all are awaited, again, until `budget` milliseconds are over. */
  | { op: "waves"; atOnce: number; job: Job; budget: number; most: number }
  /** Instances `prefix`-0 … in batches. For naps, one is due every `spacing` milliseconds from `first` on. */
  | { op: "fill"; prefix: string; from: number; count: number; job: Job; first?: number; spacing?: number }
  /** The outputs of instances `prefix`-`from` …; waits until each is complete. */
  | { op: "outputs"; prefix: string; from: number; count: number }
  /** The same for one. */
  | { op: "output"; id: string }
  /** Waits until each instance waits. */
  | { op: "waiting"; prefix: string; from: number; count: number }
  | { op: "event"; id: string };

/** Batches are of the largest size that Cloudflare accepts. */
const BATCH = 100;
const POLL_MS = 5;

export async function answer(asked: Asked, env: Environment): Promise<unknown> {
  switch (asked.op) {
    case "ping":
      return "pong";
    case "waves":
      return waves(asked, env);
    case "fill":
      return fill(asked, env);
    case "outputs":
      return outputs(asked, env);
    case "output":
      return output(await env.BENCH.get(asked.id));
    case "waiting":
      return waiting(asked, env);
    case "event": {
      const instance = await env.BENCH.get(asked.id);
      const sent = Date.now();
      await instance.sendEvent({ type: "go", payload: null });
      return sent;
    }
  }
}

interface Wave {
  started: number;
  created: number;
  finished: number;
}

async function waves(asked: Asked & { op: "waves" }, env: Environment): Promise<Wave[]> {
  const done: Wave[] = [];
  const begin = Date.now();
  do {
    const started = Date.now();
    const instances: WorkflowInstance[] = [];
    while (instances.length < asked.atOnce) {
      const size = Math.min(BATCH, asked.atOnce - instances.length);
      instances.push(
        ...(await env.BENCH.createBatch(
          Array.from({ length: size }, () => ({ id: crypto.randomUUID(), params: asked.job })),
        )),
      );
    }
    const created = Date.now();
    // Only one instance is polled while others run; the rest are read when it is done. When each finished is in its
    // output, so neither this nor the interval is part of the figure.
    await output(instances[instances.length - 1]!);
    const finished = Math.max(...((await each(instances, output)) as number[]));
    done.push({ started, created, finished });
  } while (Date.now() - begin < asked.budget && done.length < asked.most);
  return done;
}

async function fill(asked: Asked & { op: "fill" }, env: Environment): Promise<{ started: number; created: number }> {
  const started = Date.now();
  for (let next = asked.from; next < asked.from + asked.count; next += BATCH) {
    const size = Math.min(BATCH, asked.from + asked.count - next);
    await env.BENCH.createBatch(
      Array.from({ length: size }, (_, offset) => {
        const index = next + offset;
        const params =
          asked.job.kind === "nap"
            ? { kind: "nap" as const, due: asked.first! + Math.round(index * asked.spacing!) }
            : asked.job;
        return { id: `${asked.prefix}-${index}`, params };
      }),
    );
  }
  return { started, created: Date.now() };
}

async function outputs(asked: Asked & { op: "outputs" }, env: Environment): Promise<unknown[]> {
  const ids = Array.from({ length: asked.count }, (_, index) => `${asked.prefix}-${asked.from + index}`);
  return each(ids, async (id) => output(await env.BENCH.get(id)));
}

async function waiting(asked: Asked & { op: "waiting" }, env: Environment): Promise<unknown[]> {
  const ids = Array.from({ length: asked.count }, (_, index) => `${asked.prefix}-${asked.from + index}`);
  return each(ids, async (id) => {
    const instance = await env.BENCH.get(id);
    while ((await instance.status()).status !== "waiting") await scheduler.wait(POLL_MS);
  });
}

/** `work` on every item, a few at a time. */
async function each<Item>(items: Item[], work: (item: Item) => Promise<unknown>): Promise<unknown[]> {
  const found: unknown[] = [];
  for (let next = 0; next < items.length; next += 16) {
    found.push(...(await Promise.all(items.slice(next, next + 16).map(work))));
  }
  return found;
}

async function output(instance: WorkflowInstance): Promise<unknown> {
  for (;;) {
    const now = await instance.status();
    if (now.status === "complete") return now.output;
    if (now.status === "errored" || now.status === "terminated") throw new Error(JSON.stringify(now));
    await scheduler.wait(POLL_MS);
  }
}
