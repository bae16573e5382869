/**
 * What the shim uses of the global object, taken before any of the user's code runs: libraries replace globals and
 * patch prototypes, and the shim's own timers must not be counted as the user's.
 */

export const setTimeout = globalThis.setTimeout;
export const clearTimeout = globalThis.clearTimeout;
export const JSONParse = JSON.parse;
export const JSONStringify = JSON.stringify;
export const captureStackTrace = Error.captureStackTrace;

export const apply = Reflect.apply;
const then = Promise.prototype.then;
const wellFormed = String.prototype.toWellFormed;
const resolved = Promise.resolve();

/**
 * Runs `task` as a microtask. Cheaper than `queueMicrotask`, which goes through the runtime.
 *
 * @param {() => void} task must not throw
 */
export function microtask(task) {
  apply(then, resolved, [task]);
}

/**
 * `promise.then(…)` that a patched `Promise.prototype` cannot see.
 *
 * @param {Promise<T>} promise a native promise
 * @param {(value: T) => any} [fulfilled]
 * @param {(reason: any) => any} [rejected]
 * @returns {Promise<any>}
 * @template T
 */
export function chain(promise, fulfilled, rejected) {
  return apply(then, promise, [fulfilled, rejected]);
}

/**
 * A text without lone surrogates: they have no UTF-8, so the engine could not record them.
 *
 * @param {string} text
 * @returns {string}
 */
export function well(text) {
  return apply(wellFormed, text, []);
}

/**
 * A string as JSON text.
 *
 * @param {string} text
 * @returns {string}
 */
export function quote(text) {
  return JSONStringify(well(text));
}
