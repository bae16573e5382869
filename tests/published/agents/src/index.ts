import { routeAgentRequest } from "agents";
import type { Env } from "./editor";

export { ArticleWorkflow } from "./article";
export { Editor } from "./editor";

/** /agents/editor/<name>: the agent with that name, over HTTP and WebSocket. */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    return (await routeAgentRequest(request, env)) ?? new Response("no such agent\n", { status: 404 });
  },
};
