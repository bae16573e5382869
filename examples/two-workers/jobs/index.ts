import { WorkerEntrypoint } from "cloudflare:workers";
import { price, type Picture } from "./picture";

export { Account } from "./account";
export { ThumbnailWorkflow } from "./workflow";

/** What other Workers call as `env.PRICES`. */
export class Prices extends WorkerEntrypoint<JobsEnv> {
  quote(picture: Picture): number {
    return price(picture, this.env.CENTS_PER_MEGAPIXEL);
  }
}

/** What other Workers ask as `env.JOBS`; the world does not see it. */
export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    return Response.json({ worker: "thumbnails-jobs", pathname, secrets: "ADMIN_KEY" in env });
  },
} satisfies ExportedHandler<JobsEnv>;
