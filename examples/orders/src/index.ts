import { handle } from "./routes";

export { OrderWorkflow } from "./workflow";

export default {
  async fetch(request, env) {
    return await handle(request, env);
  },
} satisfies ExportedHandler<Env>;
