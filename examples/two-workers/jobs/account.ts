import { DurableObject } from "cloudflare:workers";

/** What a customer owes. Each charge has a key, so that a step that runs again does not charge twice. */
export class Account extends DurableObject<JobsEnv> {
  private readonly sql = this.ctx.storage.sql;

  constructor(ctx: DurableObjectState, env: JobsEnv) {
    super(ctx, env);
    this.sql.exec("CREATE TABLE IF NOT EXISTS charges (key TEXT PRIMARY KEY, cents INTEGER NOT NULL)");
  }

  charge(key: string, cents: number): number {
    this.sql.exec("INSERT OR IGNORE INTO charges (key, cents) VALUES (?, ?)", key, cents);
    return this.balance();
  }

  balance(): number {
    return this.sql.exec<{ cents: number }>("SELECT coalesce(sum(cents), 0) AS cents FROM charges").one().cents;
  }
}
