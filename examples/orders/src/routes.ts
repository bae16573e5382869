import type { Approval, Order } from "./types";

const USAGE = `Orders, each a Workflow.

  POST /orders                {"item":"tea","quantity":2,"price":450,"email":"ada@example.com"}
  GET  /orders/<id>           its status
  POST /orders/<id>/approve   {"by":"grace"}
  POST /orders/<id>/reject    {"by":"grace"}
`;

export async function handle(request: Request, env: Env): Promise<Response> {
  const [collection, id, action] = new URL(request.url).pathname.split("/").slice(1);
  if (collection !== "orders") return new Response(USAGE);
  try {
    if (!id && request.method === "POST") return await create(await request.json<Order>(), env);
    if (id && !action && request.method === "GET") return await show(id, env);
    if (id && action && request.method === "POST") return await decide(id, action, request, env);
  } catch (error) {
    const { message } = error as Error;
    return Response.json({ error: message }, { status: message.includes("not_found") ? 404 : 400 });
  }
  return new Response(USAGE, { status: 404 });
}

async function create(order: Order, env: Env): Promise<Response> {
  const instance = await env.ORDERS.create({ params: order });
  return Response.json({ id: instance.id }, { status: 201 });
}

async function show(id: string, env: Env): Promise<Response> {
  const instance = await env.ORDERS.get(id);
  return Response.json({ id, ...(await instance.status()) });
}

async function decide(id: string, action: string, request: Request, env: Env): Promise<Response> {
  if (action !== "approve" && action !== "reject") return new Response(USAGE, { status: 404 });
  const { by = "somebody" } = await request.json<{ by?: string }>().catch(() => ({ by: undefined }));
  const payload: Approval = { approved: action === "approve", by };
  const instance = await env.ORDERS.get(id);
  await instance.sendEvent({ type: "approval", payload });
  return Response.json({ id, sent: payload });
}
