import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from "cloudflare:workers";
import { Ledger } from "./ledger";

export interface Params {
  scenario: string;
  ledger: string;
  more: any;
}

/** What a scenario gets. */
export interface Play {
  event: Readonly<WorkflowEvent<Params>>;
  step: WorkflowStep;
  ledger: Ledger;
  more: any;
  env: any;
  ctx: ExecutionContext;
}

export type Scenarios = Record<string, (play: Play) => Promise<unknown>>;

/** A Workflow whose `run()` plays the scenario that its params name. */
export function workflowOf(scenarios: Scenarios) {
  return class extends WorkflowEntrypoint<any, Params> {
    async run(event: Readonly<WorkflowEvent<Params>>, step: WorkflowStep): Promise<unknown> {
      const { scenario, ledger, more } = event.payload;
      const play = scenarios[scenario];
      if (play === undefined) throw new Error(`no scenario ${scenario}`);
      return await play({ event, step, ledger: new Ledger(ledger), more, env: this.env, ctx: this.ctx });
    }
  };
}

/** `name: message` of what a promise rejects with. */
export async function errorOf(promise: Promise<unknown> | (() => Promise<unknown>)): Promise<string> {
  try {
    await (typeof promise === "function" ? promise() : promise);
  } catch (error) {
    const { name, message } = error as Error;
    return `${name}: ${message}`;
  }
  return "no error";
}

/** No retries. */
export const ONCE = { retries: { limit: 0, delay: 0 } };
