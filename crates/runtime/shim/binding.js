/**
 * The Worker behind Workflow bindings. `env.MY_WORKFLOW` itself is the runtime's own class, which calls these methods
 * over RPC; they ask the engine. crates/api/src/binding is the other end and says what a request looks like.
 *
 * `ctx.props.workflow` names the Workflow.
 */
import { WorkerEntrypoint } from 'cloudflare:workers';
import { encode, encodeAsync } from './stepwell/values.js';

const MOST_INSTANCES = 100;
const utf8 = new TextEncoder();

function named(name, message) {
	const error = new Error(message);
	error.name = name;
	return error;
}

function unsupported(method) {
	throw new Error(`${method} is not supported by this version of Stepwell yet`);
}

/** The bytes in which a value of user code travels and is recorded. */
async function bytes(value, what) {
	let encoded;
	try {
		encoded = encode(value) ?? (await encodeAsync(value));
	} catch (error) {
		throw named('DataCloneError', `${what} cannot be serialized: ${error?.message ?? error}`);
	}
	return typeof encoded === 'string' ? utf8.encode(encoded) : encoded;
}

/** One instance of a `create` or `createBatch`; the bytes of its params go to `values`. */
async function newInstance(options, values) {
	const { id, params } = options ?? {};
	if (id !== undefined && typeof id !== 'string') throw named('WorkflowError', 'Workflow instance has invalid id');
	const instance = { id };
	if (params !== undefined && params !== null) {
		const encoded = await bytes(params, 'The params of the instance');
		instance.params = encoded.byteLength;
		values.push(encoded);
	}
	return instance;
}

function from(options) {
	const step = options?.from;
	if (step === undefined || step === null) return undefined;
	const { name, count = 1, type = 'do' } = step;
	const known = ['do', 'sleep', 'waitForEvent'].includes(type);
	if (typeof name !== 'string' || !Number.isSafeInteger(count) || count < 1 || count > 0xffffffff || !known) {
		throw named(
			'WorkflowError',
			'restart: "from" must be {name: string, count?: positive integer, type?: "do" | "sleep" | "waitForEvent"}',
		);
	}
	return { name, count, type };
}

export class WorkflowBinding extends WorkerEntrypoint {
	async getInstance(id) {
		return this.#ask({ op: 'get', id: String(id) });
	}

	async create(options) {
		const values = [];
		const instance = await newInstance(options, values);
		const { retention, locationHint } = options ?? {};
		if (retention !== undefined || locationHint !== undefined) instance.options = { retention, locationHint };
		return this.#ask({ op: 'create', ...instance }, values);
	}

	async createBatch(batch) {
		if (!Array.isArray(batch)) unsupported('createBatch with an object');
		// The class name is part of the text in the original.
		if (batch.length === 0) throw new Error('WorkflowError: batchCreate should have at least 1 instance');
		if (batch.length > MOST_INSTANCES) {
			throw new Error('WorkflowError: batchCreate only supports 100 instances at a time');
		}
		const values = [];
		const instances = [];
		// As the original, this form ignores retention and location hints, and takes null for no id.
		for (const { id, params } of batch) instances.push(await newInstance({ id: id ?? undefined, params }, values));
		return this.#ask({ op: 'createBatch', instances }, values);
	}

	async status(id) {
		return this.#ask({ op: 'status', id });
	}

	async pause(id) {
		await this.#ask({ op: 'pause', id });
	}

	async resume(id) {
		await this.#ask({ op: 'resume', id });
	}

	async terminate(id, options) {
		if (options?.rollback) unsupported('terminate({ rollback: true })');
		await this.#ask({ op: 'terminate', id });
	}

	async restart(id, options) {
		await this.#ask({ op: 'restart', id, from: from(options) });
	}

	async sendEvent(id, { type, payload }) {
		if (typeof type !== 'string') throw named('WorkflowError', 'workflow.invalid_event_type');
		const encoded = await bytes(payload, 'The payload of the event');
		await this.#ask({ op: 'sendEvent', id, type, payload: encoded.byteLength }, [encoded]);
	}

	async deleteInstance(id) {
		await this.#ask({ op: 'delete', id });
	}

	async deleteBatch({ instances }) {
		if (!Array.isArray(instances)) throw named('WorkflowError', '(body) Provided argument is invalid');
		// What is no text is no id either, which the engine says after it has looked at the length of the batch.
		return this.#ask({ op: 'deleteBatch', ids: instances.map((id) => (typeof id === 'string' ? id : '')) });
	}

	async subscribe() {
		unsupported('subscribe()');
	}

	/** Sends one request; throws what the engine answers with, under its own name. */
	async #ask(request, values = []) {
		const line = utf8.encode(JSON.stringify({ workflow: this.ctx.props.workflow, ...request }) + '\n');
		const body = new Uint8Array(values.reduce((sum, value) => sum + value.byteLength, line.byteLength));
		body.set(line);
		let at = line.byteLength;
		for (const value of values) {
			body.set(value, at);
			at += value.byteLength;
		}
		const response = await this.env.ENGINE.fetch('http://engine/', { method: 'POST', body });
		if (response.status !== 200) throw new Error(`Stepwell's engine answered with status ${response.status}`);
		const answer = await response.json();
		if (answer.error) throw named(answer.error.name, answer.error.message);
		return answer.value;
	}
}

/** Pings: an answer means that the process is not stuck. */
export default {
	fetch() {
		return new Response('ok');
	},
};
