/**
 * The user's timers, counted per run. Imported before the user's module, so that a library that captures
 * `setTimeout` at import captures the counting one.
 */
import { closed, counted, currentScope, opened } from './scope.js';

// Timers that are running, by what `setTimeout` returned as a number (at newer dates it returns an object).
const running = new Map();

const keyOf = (timer) => (typeof timer === 'object' && timer !== null ? Number(timer) : timer);

function finished(key) {
  const scope = running.get(key);
  if (scope === undefined) return;
  running.delete(key);
  closed(scope);
}

// The objects have methods of their own to stop them.
const patched = new Set();
function patchClose(timer) {
  const prototype = Object.getPrototypeOf(timer);
  if (patched.has(prototype)) return;
  patched.add(prototype);
  for (const name of ['close', Symbol.dispose]) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
    if (typeof descriptor?.value !== 'function' || !descriptor.configurable) continue;
    const original = descriptor.value;
    const value = function () {
      finished(keyOf(this));
      return original.call(this);
    };
    Object.defineProperty(prototype, name, { ...descriptor, value });
  }
}

function counting(name, once) {
  const original = globalThis[name];
  const wrapper = {
    [name](callback, ...rest) {
      const scope = currentScope();
      if (scope === undefined || typeof callback !== 'function') return original(callback, ...rest);
      const timer = original(
        once
          ? function (...values) {
              finished(key);
              return callback.apply(this, values);
            }
          : callback,
        ...rest,
      );
      const key = keyOf(timer);
      if (typeof timer === 'object') patchClose(timer);
      running.set(key, scope);
      opened(scope);
      return timer;
    },
  }[name];
  globalThis[name] = wrapper;
}

function clearing(name) {
  const original = globalThis[name];
  globalThis[name] = {
    [name](timer) {
      finished(keyOf(timer));
      return original(timer);
    },
  }[name];
}

/** Puts the counting timers in place. */
export function installTimers() {
  counting('setTimeout', true);
  counting('setInterval', false);
  clearing('clearTimeout');
  clearing('clearInterval');
  const prototype = Object.getPrototypeOf(globalThis.scheduler);
  const { wait } = prototype;
  prototype.wait = {
    wait(...rest) {
      return counted(wait.apply(this, rest));
    },
  }.wait;
  if (typeof globalThis.setImmediate === 'function') {
    counting('setImmediate', true);
    clearing('clearImmediate');
  }
}
