import { DurableObject } from "cloudflare:workers";
import { driver } from "../../common/driver";
import { workflowOf } from "../../common/scenario";

const TWICE = { retries: { limit: 1, delay: 10 } };

export class Flow extends workflowOf({
  // Steps of some length, so that one is running whenever a process dies.
  async innocent({ step, ledger, event }) {
    const instance = event.instanceId;
    for (const name of ["a", "b", "c", "d"]) {
      await step.do(name, TWICE, async ({ attempt }) => {
        await ledger.report("innocent", { instance, name, attempt });
        await scheduler.wait(250);
        return name;
      });
    }
    return "innocent";
  },

  async looper({ step, ledger }) {
    await step.do("loop", TWICE, async ({ attempt }) => {
      await ledger.report("loop", { attempt });
      for (;;);
    });
  },

  async bomb({ step, ledger }) {
    await step.do("explode", TWICE, async ({ attempt }) => {
      await ledger.report("explode", { attempt });
      const kept: unknown[] = [];
      for (;;) kept.push(new Array(100_000).fill(kept.length));
    });
  },
}) {}

/** Answers each message with how many there were since it was made. */
export class Room extends DurableObject<any> {
  private messages = 0;

  async fetch(): Promise<Response> {
    const { 0: client, 1: server } = new WebSocketPair();
    server.accept();
    server.addEventListener("message", () => server.send(String(++this.messages)));
    return new Response(null, { status: 101, webSocket: client });
  }
}

export default {
  async fetch(request: Request, env: any): Promise<Response> {
    if (new URL(request.url).pathname !== "/room") return await driver.fetch(request, env);
    return await env.OBJECT.get(env.OBJECT.idFromName("one")).fetch(request);
  },
};
