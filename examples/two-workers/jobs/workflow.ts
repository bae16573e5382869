import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from "cloudflare:workers";
import { price, type Picture } from "./picture";

const SIZES = [64, 256];

/** Makes the thumbnails of a picture, all sizes at once, then charges the customer for it. */
export class ThumbnailWorkflow extends WorkflowEntrypoint<JobsEnv, Picture> {
  async run(event: WorkflowEvent<Picture>, step: WorkflowStep): Promise<{ files: string[]; balance: number }> {
    const { customer, width, height } = event.payload;

    const files = await Promise.all(
      SIZES.map((size) =>
        step.do(`scale to ${size}`, async () => `${size}x${Math.round((size * height) / width)}.webp`),
      ),
    );

    const balance = await step.do("charge", async () => {
      const cents = price(event.payload, this.env.CENTS_PER_MEGAPIXEL);
      return await this.env.ACCOUNTS.getByName(customer).charge(event.instanceId, cents);
    });

    return { files, balance };
  }
}
