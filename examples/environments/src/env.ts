declare global {
  interface Env {
    LETTERS: Workflow<{ to: string }>;
    STAGE: string;
    SERVICE: { url: string; retries: number };
    /** A secret: from `.env`, `.env.production` or `.dev.vars.staging`. */
    API_TOKEN?: string;
    /** Only `.env` has it. */
    SIGNING_KEY?: string;
  }
}

export {};
