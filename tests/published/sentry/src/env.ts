import type { CounterBase } from "./counter";

export interface Env {
  SENTRY_DSN: string;
  VISITS: Workflow<{ guest: string | null }>;
  COUNTER: DurableObjectNamespace<CounterBase>;
}

export const options = (env: Env) => ({ dsn: env.SENTRY_DSN, tracesSampleRate: 1 });
