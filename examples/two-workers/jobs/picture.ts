import type { Account } from "./account";

export interface Picture {
  customer: string;
  width: number;
  height: number;
}

export function price({ width, height }: Picture, centsPerMegapixel: number): number {
  return Math.ceil((width * height * centsPerMegapixel) / 1_000_000);
}

declare global {
  interface JobsEnv {
    THUMBNAILS: Workflow<Picture>;
    ACCOUNTS: DurableObjectNamespace<Account>;
    CENTS_PER_MEGAPIXEL: number;
  }
}
