// Every method of the workflows resource of the official SDK for JavaScript, against a real server. Where the server is, and
// who asks, is in the SDK's own variables.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const require = createRequire(process.env.SDK_HOME + '/');
const Cloudflare = require('cloudflare');

let requests = 0;
const counted = (...args) => {
	requests += 1;
	return fetch(...args);
};
const client = new Cloudflare({ fetch: counted });
const account_id = process.env.CLOUDFLARE_ACCOUNT_ID;
const here = { account_id };
const name = 'approvals-node';
const { workflows } = client;
const one = { account_id, workflow_name: name };

/** All entries of all pages. It ends, or the test does. */
async function all(pages) {
	const entries = [];
	for await (const entry of pages) {
		entries.push(entry);
		assert.ok(entries.length < 1000, 'the list ends');
	}
	return entries;
}

/** Waits until an instance is as it should be. */
async function until(id, good) {
	const deadline = Date.now() + 30_000;
	for (;;) {
		const instance = await workflows.instances.get(id, one);
		if (good(instance)) return instance;
		assert.ok(Date.now() < deadline, `instance ${id} in time: ${JSON.stringify(instance)}`);
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
}

/** The error of a request, and that it was sent once. */
async function refused(call, kind, code) {
	const before = requests;
	const error = await call().then(() => assert.fail('it must be refused'), (error) => error);
	assert.ok(error instanceof kind, `${error}`);
	assert.equal(error.errors[0].code, code);
	assert.equal(requests - before, 1, 'a refusal is not asked for again');
	return error;
}

// Workflows.
const settings = { ...here, class_name: 'Approval', script_name: 'sdk' };
const made = await workflows.update(name, { ...settings, limits: { steps: 100 } });
assert.equal(made.name, name);
assert.equal(made.is_deleted, 0);
const again = await workflows.update(name, settings);
assert.equal(again.id, made.id);
assert.notEqual(again.version_id, made.version_id);
const described = await workflows.get(name, here);
assert.equal(described.script_name, 'sdk');
assert.equal(described.instances.running, 0);
await workflows.update(`${name}-2`, settings);
const listed = await all(workflows.list({ ...here, per_page: 1, search: name }));
assert.deepEqual(listed.map((workflow) => workflow.name), [name, `${name}-2`]);

// Versions.
const versions = await all(workflows.versions.list(name, { ...here, per_page: 1 }));
assert.deepEqual(versions.map((version) => version.id), [again.version_id, made.version_id]);
const version = await workflows.versions.get(made.version_id, one);
assert.deepEqual(version.limits, { steps: 100 });
const graph = await workflows.versions.graph(made.version_id, one);
assert.equal(graph.id, made.version_id);

// Instances.
const created = await workflows.instances.create(name, { ...here, instance_id: 'first', params: '{"a":1}' });
assert.deepEqual([created.id, created.status, created.version_id], ['first', 'queued', again.version_id]);
const bulk = await all(workflows.instances.bulk(name, { ...here, body: [{ instance_id: 'b1' }, { instance_id: 'b2' }, {}] }));
assert.equal(bulk.length, 3);
const instances = await all(workflows.instances.list(name, { ...here, per_page: 2 }));
assert.equal(instances.length, 4);
assert.equal(new Set(instances.map((instance) => instance.id)).size, 4);
const oldest = await all(workflows.instances.list(name, { ...here, per_page: 1, direction: 'asc' }));
assert.equal(oldest[0].id, 'first');
const none = await all(workflows.instances.list(name, { ...here, status: 'complete' }));
assert.deepEqual(none, []);

const waiting = await until('first', (instance) => instance.steps.length === 2);
assert.equal(waiting.trigger.source, 'api');
assert.equal(waiting.versionId, again.version_id);
assert.equal(waiting.params, '{"a":1}');
assert.match(waiting.steps[0].output, /\[truncated output\]$/);
const step = await workflows.instances.step('first', { ...one, name: 'ask-1', type: 'step' });
assert.equal(step.status, 'complete');
assert.equal(step.output.long.length, 2000);
const simple = await workflows.instances.get('first', { ...one, simple: 'true' });
assert.equal(simple.steps, undefined);
assert.equal(simple.step_count, 2);

// Status and events.
const paused = await workflows.instances.status.edit('first', { ...one, status: 'pause' });
assert.ok(['paused', 'waitingForPause'].includes(paused.status), paused.status);
await until('first', (instance) => instance.status === 'paused');
await workflows.instances.status.edit('first', { ...one, status: 'resume' });
await workflows.instances.events.create('approval', { ...one, instance_id: 'first', body: { ok: true } });
const done = await until('first', (instance) => instance.status === 'complete');
assert.equal(done.success, true);
assert.deepEqual(done.output, { asked: '{"a":1}', approved: { ok: true } });
const wait = await workflows.instances.step('first', { ...one, name: 'wait-1', type: 'waitForEvent' });
assert.deepEqual(wait.output.payload, { ok: true });
const restarted = await workflows.instances.status.edit('first', { ...one, status: 'restart', from: { name: 'note' } });
assert.equal(restarted.status, 'queued');
await until('first', (instance) => instance.status === 'complete');
const terminated = await workflows.instances.status.edit('b1', { ...one, status: 'terminate' });
assert.equal(terminated.status, 'terminated');

// Errors are of their classes.
const { NotFoundError, ConflictError, BadRequestError, AuthenticationError, PermissionDeniedError } = Cloudflare;
await refused(() => workflows.get('nope', here), NotFoundError, 10200);
await refused(() => workflows.instances.get('nope', one), NotFoundError, 10400);
await refused(() => workflows.versions.get('nope', one), NotFoundError, 10201);
await refused(() => workflows.instances.create(name, { ...here, instance_id: 'first' }), ConflictError, 10405);
await refused(() => workflows.instances.status.edit('b1', { ...one, status: 'terminate' }), ConflictError, 10409);
await refused(() => workflows.instances.create(name, { ...here, instance_id: 'a b' }), BadRequestError, 10002);
// Ids that a path cannot have as they are: what the SDK encodes is decoded once, and looked for.
for (const id of ['*/5 * * * *-1795392000000', 'first%20', '%66irst', '~a.b', 'a#b?c']) {
	await refused(() => workflows.instances.get(id, one), NotFoundError, 10400);
	await refused(() => workflows.instances.status.edit(id, { ...one, status: 'pause' }), NotFoundError, 10400);
}
const stranger = new Cloudflare({ apiToken: 'nobody', fetch: counted });
await refused(() => stranger.workflows.get(name, here), AuthenticationError, 10000);
await refused(() => workflows.get(name, { account_id: 'other' }), PermissionDeniedError, 10000);

const deleted = await workflows.delete(`${name}-2`, here);
assert.equal(deleted.status, 'ok');
await refused(() => workflows.get(`${name}-2`, here), NotFoundError, 10200);
