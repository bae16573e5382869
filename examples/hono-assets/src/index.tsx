import { Hono } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import { HTTPException } from "hono/http-exception";
import type { Import } from "./workflow";

export { ImportWorkflow } from "./workflow";

const app = new Hono<{ Bindings: Env }>();

app.post("/api/imports", async (c) => {
  const instance = await c.env.IMPORTS.create({ params: await c.req.json<Import>() });
  return c.json({ id: instance.id }, 201);
});

app.get("/api/imports/:id", async (c) => {
  const instance = await c.env.IMPORTS.get(c.req.param("id")).catch((error: Error) => {
    throw new HTTPException(404, { message: error.message });
  });
  const { status, output, error } = await instance.status();
  return c.json({ id: instance.id, status, output, error });
});

// Static pages behind a check: the Worker asks the assets itself.
app.use("/members/*", bearerAuth({ token: "member" }));
app.get("/members/*", async (c) => {
  const page = await c.env.ASSETS.fetch(c.req.raw);
  return new Response(page.body, { status: page.status, headers: [...page.headers, ["X-Checked", "yes"]] });
});

app.get("/hello/:name", (c) =>
  c.html(
    <html lang="en">
      <h1>Hello, {c.req.param("name")}</h1>
    </html>,
  ),
);

app.notFound((c) => c.env.ASSETS.fetch(c.req.raw));

app.onError((error, c) => {
  return error instanceof HTTPException ? error.getResponse() : c.json({ error: error.message }, 400);
});

export default app;
