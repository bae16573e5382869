// The Worker that every engine runs, unchanged. `workflow.ts` is what is measured, `requests.ts` drives it.
import { answer, type Environment } from "./requests";

export { Bench } from "./workflow";

export default {
  async fetch(request: Request, env: Environment): Promise<Response> {
    try {
      return Response.json(await answer(await request.json(), env));
    } catch (error) {
      return new Response(String((error as Error)?.stack ?? error), { status: 500 });
    }
  },
};
