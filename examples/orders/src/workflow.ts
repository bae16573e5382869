import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from "cloudflare:workers";
import { NonRetryableError } from "cloudflare:workflows";
import { charge, refund } from "./payments";
import type { Approval, Order, Receipt } from "./types";

/** An order, from the basket to the parcel. Each step is recorded: after a crash none that has completed runs again. */
export class OrderWorkflow extends WorkflowEntrypoint<Env, Order> {
  async run(event: WorkflowEvent<Order>, step: WorkflowStep): Promise<Receipt> {
    const order = event.payload;

    const { total } = await step.do("validate", async () => {
      if (!(order.quantity > 0)) throw new NonRetryableError(`quantity must be above 0, got ${order.quantity}`);
      console.log(`order of ${order.quantity} × ${order.item}`);
      return { total: order.quantity * order.price };
    });

    const payment = await step.do(
      "charge",
      { retries: { limit: 5, delay: "1 second", backoff: "exponential" }, timeout: "30 seconds" },
      async (ctx) => await charge(event.instanceId, total, ctx.attempt, Number(this.env.DECLINES)),
    );

    let approval: Approval;
    try {
      const answer = await step.waitForEvent<Approval>("wait for approval", { type: "approval", timeout: "1 hour" });
      approval = answer.payload;
    } catch (error) {
      approval = { approved: false, by: `nobody (${(error as Error).message})` };
    }
    if (!approval.approved) {
      await step.do("refund", async () => await refund(payment));
      throw new NonRetryableError(`order was not approved by ${approval.by}`);
    }

    await step.sleep("let the warehouse pack", "2 seconds");

    const tracking = await step.do("ship", async () => {
      console.log(`shipped, approved by ${approval.by}`);
      return `PARCEL-${event.instanceId.slice(0, 8)}`;
    });

    return { payment, tracking, total };
  }
}
