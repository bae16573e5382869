import { driver } from "../../common/driver";
import { workflowOf } from "../../common/scenario";
import { describe } from "./describe";
import { VALUES } from "./table";

export class Flow extends workflowOf({
  // Every value through a step; what came back, as this run sees it, goes to the ledger.
  async values({ step, ledger }) {
    const wrong: Record<string, unknown> = {};
    const seen: Record<string, string> = {};
    for (const [name, make] of Object.entries(VALUES)) {
      const value = await step.do(name, async () => {
        await ledger.report("executed", { name });
        return make() as any;
      });
      seen[name] = describe(value);
      if (seen[name] !== describe(make())) wrong[name] = [seen[name], describe(make())];
    }
    await ledger.report("seen", { seen });
    await ledger.gate("values");
    await step.do("done", async () => {});
    return wrong;
  },
}) {}

export default driver;
