export { ReportWorkflow } from "./workflow.js";

export default {
  async fetch(request, env) {
    const [collection, id] = new URL(request.url).pathname.split("/").slice(1);
    if (collection !== "reports") return new Response("POST /reports?count=3, GET /reports/<id>\n");
    try {
      const count = Number(new URL(request.url).searchParams.get("count") ?? 3);
      const instance = id ? await env.REPORTS.get(id) : await env.REPORTS.create({ params: { count } });
      const { status, output, error } = await instance.status();
      return Response.json({ id: instance.id, status, output, error });
    } catch (error) {
      return Response.json({ error: error.message }, { status: 400 });
    }
  },
};
