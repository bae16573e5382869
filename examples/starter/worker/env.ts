import type { Board } from "./board";

export interface Release {
  version: string;
}

declare global {
  interface Env {
    RELEASES: Workflow<Release>;
    BOARDS: DurableObjectNamespace<Board>;
    SOAK: WorkflowSleepDuration;
  }
}
