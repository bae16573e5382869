/**
 * What user code threw out of a handler, as JSON text: `{name, message, stack, cause?}`.
 */
import { recordOf } from './errors.js';
import { JSONStringify } from './intrinsics.js';

const { Error } = globalThis;
const { defineProperty } = Object;
const reject = Promise.reject.bind(Promise);

// The engine knows it too (crates/logs/src/thrown.rs).
const TOLD = 'stepwell-told:';

// A cause may be its own cause.
const MOST_CAUSES = 5;

/**
 * @param {unknown} thrown need not be an Error, and may be hostile
 * @returns {string}
 */
export function uncaught(thrown) {
  return JSONStringify(describe(thrown, MOST_CAUSES));
}

/**
 * Has the runtime know what a handler threw that is called from here: who watches the invocations gets to see it. The
 * first line of its stack says that everybody else knows, and the error's name.
 *
 * @param {unknown} thrown
 * @param {object} context the ExecutionContext of the event
 */
export function tellTail(thrown, context) {
  const { name, message, stack } = recordOf(thrown);
  const error = new Error(message);
  const frames = stack === null ? -1 : stack.indexOf('\n    at ');
  // All that the runtime passes on at every date is message and stack.
  const value = `${TOLD}${name.replaceAll('\n', ' ')}${frames < 0 ? '' : stack.slice(frames)}`;
  defineProperty(error, 'stack', { configurable: true, enumerable: false, writable: true, value });
  context.waitUntil(reject(error));
}

function describe(thrown, causes) {
  const record = recordOf(thrown);
  const cause = causes > 0 ? causeOf(thrown) : undefined;
  if (cause !== undefined && cause !== null) record.cause = describe(cause, causes - 1);
  return record;
}

function causeOf(thrown) {
  try {
    return typeof thrown === 'object' ? thrown?.cause : undefined;
  } catch {
    return undefined;
  }
}
