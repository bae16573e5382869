import { WorkflowEntrypoint } from "cloudflare:workers";
import heading from "./data/heading.txt";
import square from "./data/square.wasm";
import { pad } from "./lib/pad.js";

/** A table of squares: the text, the WebAssembly and the helper are modules of their own, also in the running Worker. */
export class ReportWorkflow extends WorkflowEntrypoint {
  async run(event, step) {
    const lines = await step.do("calculate", async () => {
      const { exports } = await WebAssembly.instantiate(square);
      return Array.from({ length: event.payload.count }, (_, n) => `${pad(n)} ${pad(exports.square(n))}`);
    });

    // Not known before it runs: found among the additional modules by its path.
    const { closing } = await import("./lib/closing.js");
    return await step.do("print", async () => [heading.trim(), ...lines, closing(lines.length)].join("\n"));
  }
}
