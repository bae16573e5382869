/**
 * Where HTTP requests enter a host process. It calls the user's default export as the runtime would, in the same
 * isolate, and tells what the handler throws, which the runtime itself answers with nothing but "Internal Server Error".
 */
import { WorkerEntrypoint } from 'cloudflare:workers';
import { callHandler } from './handlers.js';
import { tellTail, uncaught } from './uncaught.js';

// The user's code may replace these.
const { Response, TypeError } = globalThis;

/** Marks an answer whose body describes what the user's handler threw. */
const UNCAUGHT = 'stepwell-uncaught';

/**
 * @param {object} user the namespace of the user's main module
 * @returns {Function} a class
 */
export function frontEntrypoint(user) {
  return class __StepwellFront extends WorkerEntrypoint {
    async fetch(request) {
      try {
        const response = await callHandler(user.default, 'fetch', request, this.ctx, this.env);
        if (response instanceof Response) return response;
        // The runtime's own text.
        throw new TypeError("Incorrect type for Promise: the Promise did not resolve to 'Response'.");
      } catch (thrown) {
        tellTail(thrown, this.ctx);
        return new Response(uncaught(thrown), {
          status: 500,
          headers: { [UNCAUGHT]: '1', 'content-type': 'application/json' },
        });
      }
    }
  };
}
