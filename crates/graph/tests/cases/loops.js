// Every kind of loop; one without steps is left out.
import { WorkflowEntrypoint } from "cloudflare:workers";
export class W extends WorkflowEntrypoint {
  async run(event, step) {
    for (let i = 0; i < 3; i++) {
      await step.do(`for ${i}`, async () => i);
      if (i > 1) break;
    }
    for (const item of event.payload.items) await step.do(`of ${item}`, async () => item);
    for (const key in event.payload.map) {
      if (!key) continue;
      await step.do("in " + key, async () => key);
    }
    while (!(await step.do("check", async () => true))) {
      await step.sleep("poll", "1 minute");
    }
    do {
      await step.do("body", async () => {});
    } while (await step.do("again", async () => false));
    await Promise.all(event.payload.items.map((item) => step.do(`map ${item}`, async () => item)));
    await event.payload.items.forEach(async (item) => {
      await step.do(`each ${item}`, async () => item);
    });
    outer: for (;;) {
      switch (event.payload.mode) {
        case 1:
          break outer;
        case 2:
          await step.do("forever", async () => {});
          break;
      }
    }
    for (let i = 0; i < 10; i++) console.log(i);
  }
}
