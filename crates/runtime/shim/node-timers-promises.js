/**
 * Stands in for `node:timers/promises`: the same on top of the global functions, whose timers are counted.
 */

function abortError(signal) {
  const error = new Error('The operation was aborted', { cause: signal.reason });
  error.name = 'AbortError';
  error.code = 'ABORT_ERR';
  return error;
}

function settled(start, clear, value, { signal } = {}) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(abortError(signal));
      return;
    }
    let abort;
    const timer = start(() => {
      signal?.removeEventListener('abort', abort);
      resolve(value);
    });
    abort = () => {
      clear(timer);
      reject(abortError(signal));
    };
    signal?.addEventListener('abort', abort, { once: true });
  });
}

/**
 * @param {number} [delay]
 * @param {T} [value]
 * @param {{signal?: AbortSignal}} [options]
 * @returns {Promise<T>}
 * @template T
 */
export async function setTimeout(delay, value, options) {
  return settled((done) => globalThis.setTimeout(done, delay ?? 1), globalThis.clearTimeout, value, options);
}

/**
 * @param {T} [value]
 * @param {{signal?: AbortSignal}} [options]
 * @returns {Promise<T>}
 * @template T
 */
export async function setImmediate(value, options) {
  return settled((done) => globalThis.setTimeout(done, 0), globalThis.clearTimeout, value, options);
}

/**
 * @param {number} [delay]
 * @param {T} [value]
 * @param {{signal?: AbortSignal}} [options]
 * @returns {AsyncGenerator<T>}
 * @template T
 */
export async function* setInterval(delay, value, { signal } = {}) {
  if (signal?.aborted) throw abortError(signal);
  let ticks = 0;
  let wake = () => {};
  const timer = globalThis.setInterval(() => {
    ticks++;
    wake();
  }, delay ?? 1);
  const abort = () => wake();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    for (;;) {
      if (signal?.aborted) throw abortError(signal);
      if (ticks === 0) await new Promise((resolve) => (wake = resolve));
      else {
        ticks--;
        yield value;
      }
    }
  } finally {
    globalThis.clearInterval(timer);
    signal?.removeEventListener('abort', abort);
  }
}

export const scheduler = {
  wait: (delay, options) => globalThis.scheduler.wait(delay, options),
  yield: () => setImmediate(),
};

export default { setTimeout, setImmediate, setInterval, scheduler };
