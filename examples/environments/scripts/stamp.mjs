// The custom build: writes a module that the Worker imports. It runs before the Worker is bundled, and again when a
// file of this folder changes.
import { mkdirSync, writeFileSync } from "node:fs";

mkdirSync("src/generated", { recursive: true });
writeFileSync("src/generated/stamp.ts", `export const stampedBy = "scripts/stamp.mjs";\n`);
