// Promise.all and its like, arrays that grow, then().
import { WorkflowEntrypoint } from "cloudflare:workers";
export class W extends WorkflowEntrypoint {
  async run(event, step) {
    const [a, b] = await Promise.all([step.do("a", f), step.do("b", f)]);
    await Promise.race([step.waitForEvent("stop", { type: "stop" }), step.sleep("limit", "1 day")]);
    await Promise.any([step.do("x", f)]);
    await Promise.allSettled([
      (async () => {
        await step.do("first", f);
        await step.do("second", f);
      })(),
      step.do("third", f),
    ]);
    const all = [];
    for (const id of event.payload.ids) all.push(step.do(`later ${id}`, f));
    await step.do("meanwhile", f);
    await Promise.all(all);
    await step.do("one", f).then(() => step.do("two", f)).catch(() => step.do("failed", f));
    const forgotten = step.do("never awaited", f);
  }
}
