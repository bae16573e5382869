// Functions that call themselves and each other.
import { WorkflowEntrypoint } from "cloudflare:workers";
export class W extends WorkflowEntrypoint {
  async run(event, step) {
    const loop = async (n) => {
      if (n > 3) return;
      await step.do(`round ${n}`, async () => {});
      return loop(n + 1);
    };
    await loop(0);
    await ping(step);
  }
}
async function ping(step) {
  await step.do("ping", async () => {});
  await pong(step);
}
async function pong(step) {
  await ping(step);
}
