// A module that a bundle initialises lazily, and one that wraps the class.
import { WorkflowEntrypoint } from "cloudflare:workers";
var __esm = (fn, res) => function() { return fn && (res = (0, fn[Object.keys(fn)[0]])(fn = 0)), res; };
var Inner;
var init_inner = __esm({
  "src/inner.ts"() {
    Inner = class extends WorkflowEntrypoint {
      async run(event, step) {
        await step.do("lazy", async () => {});
      }
    };
  }
});
init_inner();
var Wrapped = instrument((env) => ({ dsn: env.DSN }), Inner);
export { Wrapped as W };
