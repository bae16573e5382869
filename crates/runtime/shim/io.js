/**
 * The user's I/O, as far as the global object gives it: counted while somebody waits for it, and the run that used
 * it marked as tainted.
 *
 * A response that nobody reads is not counted: only a pending `fetch`, a pending read of a body, a pending pipe is
 * something that `run()` can be waiting for.
 */
import { counted, tainted } from './scope.js';

function wrapMethod(prototype, name) {
  const original = prototype?.[name];
  if (typeof original !== 'function') return;
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
  const value = {
    [name](...rest) {
      return counted(original.apply(this, rest));
    },
  }[name];
  Object.defineProperty(prototype, name, { ...descriptor, value });
}

function wrapIterator(prototype, name) {
  const original = prototype?.[name];
  if (typeof original !== 'function') return;
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
  const value = function (...rest) {
    const iterator = original.apply(this, rest);
    const { next } = iterator;
    iterator.next = (...values) => counted(next.apply(iterator, values));
    return iterator;
  };
  Object.defineProperty(prototype, name, { ...descriptor, value });
}

// A class that taints the run which constructs it. A Proxy, so that `instanceof`, `extends` and statics are as ever.
function taintingClass(name) {
  const original = globalThis[name];
  if (typeof original !== 'function') return;
  globalThis[name] = new Proxy(original, {
    construct(target, values, newTarget) {
      tainted(true);
      return Reflect.construct(target, values, newTarget);
    },
  });
}

/** Puts the counting I/O functions in place. */
export function installIo() {
  const { fetch } = globalThis;
  globalThis.fetch = {
    fetch(...rest) {
      tainted();
      return counted(fetch(...rest));
    },
  }.fetch;
  for (const prototype of [Response.prototype, Request.prototype]) {
    for (const name of ['arrayBuffer', 'blob', 'bytes', 'formData', 'json', 'text']) wrapMethod(prototype, name);
  }
  wrapMethod(globalThis.ReadableStreamDefaultReader?.prototype, 'read');
  wrapMethod(globalThis.ReadableStreamBYOBReader?.prototype, 'read');
  wrapMethod(globalThis.ReadableStreamBYOBReader?.prototype, 'readAtLeast');
  wrapMethod(globalThis.ReadableStream?.prototype, 'pipeTo');
  wrapIterator(globalThis.ReadableStream?.prototype, 'values');
  wrapIterator(globalThis.ReadableStream?.prototype, Symbol.asyncIterator);
  taintingClass('WebSocket');
  taintingClass('WebSocketPair');
  taintingClass('EventSource');
  const { caches } = globalThis;
  if (caches !== undefined) {
    Object.defineProperty(globalThis, 'caches', {
      configurable: true,
      enumerable: true,
      get() {
        tainted(true);
        return caches;
      },
      set(value) {
        Object.defineProperty(globalThis, 'caches', { value, configurable: true, enumerable: true, writable: true });
      },
    });
  }
}
