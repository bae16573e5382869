/** The stages of a release, in order. What the Workflow reports and the page shows. */
export const STAGES = ["build", "test", "soak", "approval", "deploy"] as const;

export type Stage = (typeof STAGES)[number];

export type State = "running" | "waiting" | "done" | "failed";

/** One line of the board: where a stage is. */
export interface Update {
  stage: Stage;
  state: State;
  detail: string;
}

/** What the board sends to a browser: everything when it connects, then each change. */
export type Message = { type: "board"; updates: Update[]; watchers: number } | { type: "watchers"; watchers: number };

export interface Decision {
  approved: boolean;
  by: string;
}
