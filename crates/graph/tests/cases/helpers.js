// step goes through functions, methods, fields, aliases, destructuring, closures and other classes.
import { WorkflowEntrypoint } from "cloudflare:workers";
async function charge(step, amount) {
  return step.do("charge", async () => amount);
}
const notify = async (step, name) => {
  await step.do(`notify ${name}`, async () => {});
};
function plain(x) {
  return x + 1;
}
const wrap = (step) => (name, run) => step.do(name, { retries: { limit: 1, delay: 0 } }, run);
class Base extends WorkflowEntrypoint {
  async run(event, step) {
    await step.do("before", async () => {});
    await this.execute(event, step);
  }
  async execute() {}
}
class Mailer {
  constructor(step) {
    this.step = step;
  }
  async send(to) {
    await this.step.do("send mail", async () => to);
  }
}
export class W extends Base {
  last = async (step) => {
    await step.do("field", async () => {});
  };
  async execute(event, step) {
    this.step = step;
    const same = step;
    await same.do("alias", async () => plain(1));
    const { do: perform, sleep } = step;
    await perform("method", async () => {});
    await sleep("sleep method", 5);
    await charge(step, 5);
    await notify(step, "ada");
    await notify(step, "bob");
    await notify(step, event.payload.name);
    const quick = wrap(step);
    await quick("wrapped", async () => {});
    await this.#hidden();
    await this.last(step);
    await new Mailer(step).send("x");
    const local = async () => {
      await step.do("closure", async () => {
        await step.do("inside", async () => {});
      });
    };
    await local();
    await withOptions({ step, label: "options" });
    await step["do"]("computed member", async () => {});
    await step.do.call(step, "call", async () => {});
    console.log(await this.noSteps(), plain(2));
  }
  async #hidden() {
    await this.step.do("private", async () => {});
  }
  async noSteps() {
    return 1;
  }
}
async function withOptions({ step, label }) {
  await step.do(label, async () => {});
}
