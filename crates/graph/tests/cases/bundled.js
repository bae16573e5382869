// What esbuild makes of a class with decorators and kept names.
var __defProp = Object.defineProperty;
var __name = (target, value) => __defProp(target, "name", { value, configurable: true });
import { WorkflowEntrypoint } from "cloudflare:workers";
var helper = /* @__PURE__ */ __name(async (step, name) => {
  await step.do(name, async () => {
  });
}, "helper");
var _Inner = class _Inner extends WorkflowEntrypoint {
  static {
    __name(this, "Inner");
  }
  static prefix = "pre";
  async run(event, step) {
    await helper(step, "named");
    await step.do(_Inner.prefix, async () => {
    });
  }
};
_Inner = __decorateClass([sealed], _Inner);
var W = _Inner;
var src_default = { fetch() {
  return new Response();
} };
export {
  W,
  src_default as default
};
