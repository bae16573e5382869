/**
 * Stands in for `node:timers`. The runtime's own goes past the global functions, so its timers would not be counted;
 * a Worker's module is found before the runtime's module of that name.
 */
import promises from './node-timers-promises.js';

/** A timer as Node has them, around what the global functions return where that is a number. */
export class Timeout {
  #start;
  #clear;
  #timer;
  #isRef = true;

  /**
   * @param {number} timer running already
   * @param {() => number} start starts it again
   * @param {(timer: number) => void} clear
   */
  constructor(timer, start, clear) {
    this.#timer = timer;
    this.#start = start;
    this.#clear = clear;
  }

  refresh() {
    this.#clear(this.#timer);
    this.#timer = this.#start();
    return this;
  }

  close() {
    this.#clear(this.#timer);
    return this;
  }

  ref() {
    this.#isRef = true;
    return this;
  }

  unref() {
    this.#isRef = false;
    return this;
  }

  hasRef() {
    return this.#isRef;
  }

  [Symbol.toPrimitive]() {
    return Number(this.#timer);
  }

  [Symbol.dispose]() {
    this.close();
  }
}

const starting = (name, clear) => (callback, delay, ...rest) => {
  if (typeof callback !== 'function') {
    const error = new TypeError('The "callback" argument must be of type function.');
    throw Object.assign(error, { code: 'ERR_INVALID_ARG_TYPE' });
  }
  const start = () => globalThis[name](callback, delay, ...rest);
  const timer = start();
  return typeof timer === 'object' ? timer : new Timeout(timer, start, globalThis[clear]);
};

const clearing = (name) => (timer) => {
  if (timer instanceof Timeout) timer.close();
  else globalThis[name](timer);
};

export const setTimeout = starting('setTimeout', 'clearTimeout');
export const setInterval = starting('setInterval', 'clearInterval');
export const clearTimeout = clearing('clearTimeout');
export const clearInterval = clearing('clearInterval');

/** Where there is no global of this name, a timer that fires at once. */
export const setImmediate = (callback, ...rest) =>
  typeof globalThis.setImmediate === 'function'
    ? globalThis.setImmediate(callback, ...rest)
    : setTimeout(callback, 0, ...rest);

export const clearImmediate = (timer) =>
  typeof globalThis.clearImmediate === 'function' ? globalThis.clearImmediate(timer) : clearTimeout(timer);

/** Legacy functions of Node, without effect here as in the runtime. */
export const active = (timer) => timer?.refresh?.();
export const enroll = () => {
  throw new Error('Not implemented. timers.enroll() is deprecated');
};
export const unenroll = (timer) => clearTimeout(timer);

export { promises };

export default {
  promises,
  setTimeout,
  clearTimeout,
  setImmediate,
  clearImmediate,
  setInterval,
  clearInterval,
  active,
  unenroll,
  enroll,
};
