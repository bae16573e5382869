import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from "cloudflare:workers";

type Params = { plan?: string; name?: string };

export class Flow extends WorkflowEntrypoint<unknown, Params> {
  async run(event: Readonly<WorkflowEvent<Params>>, step: WorkflowStep) {
    const { plan = "quick", name = "nobody" } = event.payload ?? {};
    const greeting = await step.do("greet", async () => ({ hello: name }));
    switch (plan) {
      case "wait": {
        await step.sleep("nap", 5);
        const approval = await step.waitForEvent("approval", { type: "approved", timeout: "1 hour" });
        return { by: approval.payload };
      }
      case "fail":
        await step.do(
          "charge",
          { retries: { limit: 1, delay: 5, backoff: "constant" }, timeout: "1 minute" },
          async () => {
            throw new TypeError("card declined");
          },
        );
        break;
      case "retry":
        await step.do("charge", { retries: { limit: 3, delay: "1 hour", backoff: "exponential" } }, async () => {
          throw new Error("try later");
        });
        break;
      case "sleep":
        await step.sleep("night", "8 hours");
        break;
      case "long":
        return await step.do("report", async () => "x".repeat(6000));
      case "timeout":
        await step.waitForEvent("approval", { type: "approved", timeout: "1 second" });
        break;
    }
    return greeting;
  }
}

export class Other extends WorkflowEntrypoint {
  async run() {
    return 1;
  }
}

export default {
  async fetch(request: Request) {
    return new Response("worker " + new URL(request.url).pathname);
  },
};
