/**
 * Where the engine brings the events that are no HTTP requests: it calls the user's handler for them and answers with
 * what became of it. Its socket is the engine's alone.
 */
import { WorkerEntrypoint } from 'cloudflare:workers';
import { callHandler, hasHandler } from './handlers.js';
import { chain } from './intrinsics.js';
import { tellTail, uncaught } from './uncaught.js';

const { Promise, Response, URL } = globalThis;

/**
 * @param {object} user the namespace of the user's main module
 * @returns {Function} a class
 */
export function eventsEntrypoint(user) {
  return class __StepwellEvents extends WorkerEntrypoint {
    async fetch(request) {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname !== '/scheduled') return new Response(null, { status: 404 });
      const { controller, noRetry } = scheduledController(searchParams.get('cron'), Number(searchParams.get('time')));
      const answer = await deliver('scheduled', controller, user, this.ctx, this.env);
      return new Response(`{${answer},"noRetry":${noRetry()}}`);
    }
  };
}

/** What `scheduled()` gets, and whether it has called `noRetry()`. */
function scheduledController(cron, scheduledTime) {
  let noRetry = false;
  const controller = {
    type: 'scheduled',
    cron,
    scheduledTime,
    noRetry() {
      noRetry = true;
    },
  };
  return { controller, noRetry: () => noRetry };
}

/** Calls the handler `name` and waits for it and for what it gives to `ctx.waitUntil`. */
async function deliver(name, event, user, context, env) {
  const pending = collected(context);
  try {
    if (!hasHandler(user.default, name)) return '"outcome":"noHandler"';
    try {
      await callHandler(user.default, name, event, context, env);
    } catch (thrown) {
      tellTail(thrown, context);
      throw thrown;
    }
    // Each may add another.
    for (const promise of pending) await promise;
    return '"outcome":"ok"';
  } catch (thrown) {
    return `"outcome":"exception","error":${uncaught(thrown)}`;
  }
}

/** A list to which everything is added that is given to `context.waitUntil`. */
function collected(context) {
  const pending = [];
  const { waitUntil } = context;
  Object.defineProperty(context, 'waitUntil', {
    configurable: true,
    value(promise) {
      const settled = Promise.resolve(promise);
      // It is looked at later; until then it must not count as unhandled.
      chain(settled, undefined, () => {});
      pending.push(settled);
      return waitUntil.call(context, promise);
    },
  });
  return pending;
}
