/**
 * Where run processes, and other scripts, reach the Durable Objects of a host process. `env` holds the namespaces by
 * unique key and nothing else: a namespace keeps its key when its class gets another name.
 */
import { WorkerEntrypoint } from 'cloudflare:workers';

/** The header that names the object of a `fetch`; it is stripped before the object sees the request. */
const TARGET = 'stepwell-object';

export default class Door extends WorkerEntrypoint {
	/** A method call. What it returns (values, stubs, streams) travels back as it would from the object itself. */
	call(target, method, args) {
		return this.#stub(target)[method](...args);
	}

	fetch(request) {
		const target = JSON.parse(decodeURIComponent(request.headers.get(TARGET)));
		const headers = new Headers(request.headers);
		headers.delete(TARGET);
		// The connection between the processes has added it; a call inside one process has none.
		headers.delete('host');
		return this.#stub(target).fetch(new Request(request, { headers }));
	}

	#stub({ className, key, name, id }) {
		const namespace = this.env[key];
		if (namespace === undefined) throw new Error(`The Worker has no Durable Object class "${className}"`);
		return namespace.get(name === undefined ? namespace.idFromString(id) : namespace.idFromName(name));
	}
}
