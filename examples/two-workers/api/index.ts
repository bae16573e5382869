import type { Prices } from "../jobs";
import type { Account } from "../jobs/account";
import type { Picture } from "../jobs/picture";

interface Env {
  JOBS: Fetcher;
  PRICES: Service<typeof Prices>;
  THUMBNAILS: Workflow<Picture>;
  ACCOUNTS: DurableObjectNamespace<Account>;
  ADMIN_KEY: string;
}

const USAGE = `Thumbnails, made by another Worker.

  POST /thumbnails           {"customer":"ada","width":4000,"height":3000}
  GET  /thumbnails/<id>      the status of the other Worker's Workflow
  GET  /accounts/<customer>  the other Worker's Durable Object; needs "Authorization: Bearer <ADMIN_KEY>"
  GET  /jobs/<anything>      passed to the other Worker
`;

export default {
  async fetch(request, env) {
    const [collection, id] = new URL(request.url).pathname.split("/").slice(1);
    try {
      if (collection === "jobs") return await env.JOBS.fetch(request);
      if (collection === "accounts" && id) return await balance(id, request, env);
      if (collection === "thumbnails" && request.method === "POST") return await create(await request.json(), env);
      if (collection === "thumbnails" && id) return await show(id, env);
    } catch (error) {
      return Response.json({ error: (error as Error).message }, { status: 400 });
    }
    return new Response(USAGE, { status: collection ? 404 : 200 });
  },
} satisfies ExportedHandler<Env>;

async function create(picture: Picture, env: Env): Promise<Response> {
  const cents = await env.PRICES.quote(picture);
  const instance = await env.THUMBNAILS.create({ params: picture });
  return Response.json({ id: instance.id, cents }, { status: 201 });
}

async function show(id: string, env: Env): Promise<Response> {
  const instance = await env.THUMBNAILS.get(id);
  const { status, output, error } = await instance.status();
  return Response.json({ id, status, output, error });
}

async function balance(customer: string, request: Request, env: Env): Promise<Response> {
  if (request.headers.get("Authorization") !== `Bearer ${env.ADMIN_KEY}`) {
    return Response.json({ error: "not allowed" }, { status: 403 });
  }
  return Response.json({ customer, cents: await env.ACCOUNTS.getByName(customer).balance() });
}
