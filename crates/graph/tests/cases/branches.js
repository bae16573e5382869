// if, else if, switch, ?:, &&, ||, ??, early return.
import { WorkflowEntrypoint } from "cloudflare:workers";
export class W extends WorkflowEntrypoint {
  async run({ payload: { kind, size = 1 } }, step) {
    if (kind === "a") {
      await step.do("a", async () => 1);
    } else if (kind === "b") {
      return;
    } else {
      await step.do("c", async () => 1);
    }
    switch (size) {
      case 1:
        await step.do("one", async () => 1);
        break;
      case 2: {
        await step.do("two", async () => 1);
        return 2;
      }
      default:
        await step.sleep("other", 10);
    }
    await (kind ? step.do("yes", f) : size ? step.do("maybe", f) : step.do("no", f));
    kind && (await step.do("and", f));
    kind || (await step.do("or", f));
    const x = kind ?? (await step.do("coalesce", f));
    if (x) console.log("no steps here");
  }
}
