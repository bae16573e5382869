/**
 * A Durable Object class of a run process that stands for the real one in the host process: it has the same unique
 * key, hence the same ids, keeps nothing, and passes every call on through the host's door.
 */
import { DurableObject } from 'cloudflare:workers';

/** As in door.js. */
const TARGET = 'stepwell-object';

/** @param {string} className the class of the user's that is stood in for */
export function objectProxy(className) {
	return class extends DurableObject {
		constructor(ctx, env) {
			super(ctx, env);
			// The name travels when it is known, so that `ctx.id.name` is there in the object too.
			const target =
				ctx.id.name === undefined ? { className, id: ctx.id.toString() } : { className, name: ctx.id.name };
			return new Proxy(this, {
				get(self, key) {
					if (key === 'fetch') return (request) => forward(env.DOOR, target, request);
					if (typeof key === 'symbol' || key in self) return Reflect.get(self, key, self);
					return (...args) => env.DOOR.call(target, key, args);
				},
			});
		}
	};
}

function forward(door, target, request) {
	const headers = new Headers(request.headers);
	headers.set(TARGET, encodeURIComponent(JSON.stringify(target)));
	return door.fetch(new Request(request, { headers }));
}
