/**
 * Says what the user's main module exports, so that a wrong `class_name` is an error at start and not a run that
 * goes astray.
 */
import { DurableObject, WorkerEntrypoint, WorkflowEntrypoint } from 'cloudflare:workers';

// The user's code may replace these.
const { Response } = globalThis;
const { stringify } = JSON;

const HANDLERS = ['fetch', 'scheduled', 'queue', 'email', 'tail', 'trace', 'tailStream'];

function kind(value) {
	if (typeof value !== 'function') return 'other';
	if (value.prototype instanceof WorkflowEntrypoint) return 'workflow';
	if (value.prototype instanceof DurableObject) return 'durableObject';
	if (value.prototype instanceof WorkerEntrypoint) return 'entrypoint';
	return 'class';
}

/** A class as default export has its handlers on the prototype, an object on itself. */
function handlers(value) {
	const holder = typeof value === 'function' ? value.prototype : value;
	if (holder === null || holder === undefined) return [];
	return HANDLERS.filter((name) => typeof holder[name] === 'function');
}

/** @param {object} user the namespace of the user's main module */
export function exportsEntrypoint(user) {
	return class extends WorkerEntrypoint {
		fetch() {
			const named = {};
			for (const [name, value] of Object.entries(user)) {
				if (name !== 'default') named[name] = kind(value);
			}
			const defaultHandlers = 'default' in user ? handlers(user.default) : null;
			return new Response(stringify({ named, defaultHandlers }));
		}
	};
}
