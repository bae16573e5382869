/**
 * The outside of every Worker here:
 *
 *   POST /create?workflow=BINDING&id=ID    body: params
 *   GET  /status/ID
 *   POST /event/ID/TYPE                    body: payload
 *   POST /ID/pause|resume|terminate|restart    restart's body: options
 *
 * An error is answered with status 400 and `{error: "name: message"}`.
 */
export const driver = {
  async fetch(request: Request, env: any): Promise<Response> {
    try {
      return Response.json(await answer(request, env));
    } catch (error) {
      const { name, message } = error as Error;
      return Response.json({ error: `${name}: ${message}` }, { status: 400 });
    }
  },
};

async function answer(request: Request, env: any): Promise<unknown> {
  const url = new URL(request.url);
  const [first, second, third] = url.pathname.split("/").slice(1).map(decodeURIComponent);
  const workflow: Workflow<any> = env[url.searchParams.get("workflow") ?? "FLOW"];
  const body = request.method === "POST" ? await request.text() : "";
  const json = body === "" ? undefined : JSON.parse(body);
  switch (first) {
    case "create": {
      const { id } = await workflow.create({ id: url.searchParams.get("id") ?? undefined, params: json });
      return { id };
    }
    case "status":
      return await (await workflow.get(second)).status();
    case "event":
      await (await workflow.get(second)).sendEvent({ type: third, payload: json });
      return {};
    default:
      return await change(await workflow.get(first), second, json);
  }
}

async function change(instance: WorkflowInstance, action: string, options: any): Promise<unknown> {
  switch (action) {
    case "pause":
      await instance.pause();
      break;
    case "resume":
      await instance.resume();
      break;
    case "terminate":
      await instance.terminate();
      break;
    case "restart":
      await instance.restart(options ?? undefined);
      break;
    default:
      throw new Error(`no action ${action}`);
  }
  return {};
}
