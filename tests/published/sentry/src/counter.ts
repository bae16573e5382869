import * as Sentry from "@sentry/cloudflare";
import { DurableObject } from "cloudflare:workers";
import { options, type Env } from "./env";

export class CounterBase extends DurableObject<Env> {
  async add(): Promise<number> {
    const count = ((await this.ctx.storage.get<number>("count")) ?? 0) + 1;
    await this.ctx.storage.put("count", count);
    return count;
  }
}

export const Counter = Sentry.instrumentDurableObjectWithSentry(options, CounterBase);
