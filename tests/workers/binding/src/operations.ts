import { errorOf } from "../../common/scenario";

type Operation = (env: any, id: string) => Promise<unknown>;

const empty = (more: unknown = null) => ({ scenario: "empty", ledger: "", more });
const waiting = { scenario: "waitOnly", ledger: "", more: null };

async function until(instance: WorkflowInstance, wanted: string): Promise<InstanceStatus> {
  for (;;) {
    const status = await instance.status();
    if (status.status === wanted) return status;
    await scheduler.wait(20);
  }
}

/** What is done with the binding; `id` differs for each caller. */
export const operations: Record<string, Operation> = {
  async create(env, id) {
    const instance = await env.FLOW.create({ id, params: { ...empty({ n: 1 }), scenario: "payload" } });
    const { status, output, error } = await until(instance, "complete");
    return { id: instance.id, status, output, error: error ?? null };
  },

  async generatedIds(env) {
    const first = await env.FLOW.create({ params: empty() });
    const second = await env.FLOW.create({ params: empty() });
    return [first.id, second.id];
  },

  // Ids are unique per Workflow.
  async sameIdElsewhere(env, id) {
    await env.FLOW.create({ id: `${id}-same`, params: empty() });
    return (await env.OTHER.create({ id: `${id}-same`, params: empty() })).id;
  },

  async idRules(env) {
    const create = async (id: unknown) => await errorOf(() => env.FLOW.create({ id, params: empty() }));
    return [
      await create("with space"),
      await create("-minus"),
      await create("x".repeat(101)),
      await create("x".repeat(100)),
      await create("_A-z_9"),
    ];
  },

  async duplicate(env, id) {
    await env.FLOW.create({ id: `${id}-twice`, params: empty() });
    return await errorOf(() => env.FLOW.create({ id: `${id}-twice`, params: empty() }));
  },

  async missing(env) {
    return [await errorOf(() => env.FLOW.get("missing")), await errorOf(() => env.FLOW.get("not/an id?"))];
  },

  // An id that exists is left out, without an error.
  async createBatch(env, id) {
    const batch = ["a", "b", "c"].map((name) => ({ id: `${id}-${name}`, params: empty() }));
    await env.FLOW.create(batch[1]);
    const created = await env.FLOW.createBatch(batch);
    return created.map((instance: WorkflowInstance) => instance.id);
  },

  async batchRules(env, id) {
    const many = Array.from({ length: 101 }, (_, index) => ({ id: `${id}-${index}` }));
    return [await errorOf(() => env.FLOW.createBatch([])), await errorOf(() => env.FLOW.createBatch(many))];
  },

  async largeParams(env, id) {
    const params = empty("x".repeat(1024 * 1024));
    return [
      await errorOf(() => env.FLOW.create({ id: `${id}-large`, params })),
      await errorOf(() => env.FLOW.get(`${id}-large`)),
    ];
  },

  async retention(env, id) {
    const retention = { successRetention: "1 day", errorRetention: 1000 };
    return await errorOf(() => env.FLOW.create({ id: `${id}-retention`, params: empty(), retention }));
  },

  async sendEvent(env, id) {
    const instance = await env.FLOW.create({ id: `${id}-event`, params: waiting });
    const wrong = [await errorOf(instance.sendEvent({ type: "a.b", payload: 1 }))];
    wrong.push(await errorOf(instance.sendEvent({ type: "x".repeat(101), payload: 1 })));
    await instance.sendEvent({ type: "it", payload: { at: 1 } });
    const { output } = await until(instance, "complete");
    wrong.push(await errorOf(instance.sendEvent({ type: "it", payload: 1 })));
    return { wrong, output };
  },

  async delete(env, id) {
    const instance = await env.FLOW.create({ id: `${id}-gone`, params: waiting });
    await until(instance, "waiting");
    await instance.delete();
    const seen: unknown[] = [];
    seen.push(await errorOf(() => env.FLOW.get(`${id}-gone`)));
    seen.push(await errorOf(() => instance.status()));
    seen.push(await errorOf(() => instance.delete()));
    // The id is free, and nothing of the old instance is there.
    const again = await env.FLOW.create({ id: `${id}-gone`, params: { ...empty({ n: 2 }), scenario: "payload" } });
    seen.push((await until(again, "complete")).output);
    await again.delete();
    seen.push(await errorOf(() => again.status()));
    return seen;
  },

  async deleteBatch(env, id) {
    for (const name of ["a", "b"]) await env.FLOW.create({ id: `${id}-batch-${name}`, params: waiting });
    const ids = ["a", "no", "a", "b"].map((name) => `${id}-batch-${name}`);
    return [
      await env.FLOW.deleteBatch(ids),
      await errorOf(() => env.FLOW.get(ids[0])),
      await errorOf(() => env.FLOW.deleteBatch([])),
      await errorOf(() => env.FLOW.deleteBatch(Array(101).fill(id))),
      await errorOf(() => env.FLOW.deleteBatch(["é"])),
      await errorOf(() => env.FLOW.deleteBatch([5])),
      await errorOf(() => env.FLOW.deleteBatch()),
    ];
  },

  async lifecycle(env, id) {
    const instance = await env.FLOW.create({ id: `${id}-life`, params: waiting });
    const seen: unknown[] = [];
    await until(instance, "waiting");
    seen.push(await errorOf(instance.resume()));
    await instance.pause();
    seen.push((await instance.status()).status);
    await instance.sendEvent({ type: "it", payload: "sent while paused" });
    seen.push((await instance.status()).status);
    await instance.resume();
    seen.push((await until(instance, "complete")).output);
    seen.push(await errorOf(instance.terminate()));
    await instance.restart();
    await until(instance, "waiting");
    await instance.terminate();
    seen.push((await instance.status()).status);
    seen.push(await errorOf(instance.restart({ from: { name: "never" } })));
    return seen;
  },
};
