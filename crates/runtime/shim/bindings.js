/**
 * Notices that a run takes a binding that does I/O from `env`. There is one `env` object per isolate, which
 * `this.env` and `import { env }` share, so properties that notice are all it takes.
 */
import { env } from 'cloudflare:workers';
import { counted, tainted } from './scope.js';

// Values of variables, and Workflow bindings: what these give belongs to no socket.
function harmless(value) {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return true;
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === Array.prototype || prototype === null) return true;
  return prototype.constructor?.name === 'WorkflowImpl' || ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
}

function noticing(object, name, value) {
  Object.defineProperty(object, name, {
    configurable: true,
    enumerable: true,
    get() {
      tainted(true);
      return value;
    },
    set(other) {
      Object.defineProperty(object, name, { value: other, configurable: true, enumerable: true, writable: true });
    },
  });
}

// Namespaces under this prefix stand for the classes of `ctx.exports`; user code never sees them.
const EXPORTED = 'stepwell-exported:';
const exportedObjects = {};

/** Puts the noticing properties in place. */
export function installBindings() {
  for (const name of Object.keys(env)) {
    if (name.startsWith(EXPORTED)) {
      exportedObjects[name.slice(EXPORTED.length)] = env[name];
      delete env[name];
    }
  }
  for (const name of Object.keys(env)) {
    const value = env[name];
    if (harmless(value)) continue;
    noticing(env, name, value);
  }
}

let prototypeDone = false;

/**
 * Counts what is given to `waitUntil`, by whichever road, and notices the use of `ctx.exports`.
 *
 * The class of contexts has no name to be found by, so this waits for the first of them.
 *
 * @param {object} context an ExecutionContext
 */
export function installContext(context) {
  const exported = Object.getOwnPropertyDescriptor(context, 'exports')?.value;
  if (typeof exported === 'object' && exported !== null && Object.keys(exported).length > 0) {
    // The runtime has the bare classes there: in this process they have no namespace.
    Object.assign(exported, exportedObjects);
    noticing(context, 'exports', exported);
  }
  if (prototypeDone) return;
  prototypeDone = true;
  const prototype = Object.getPrototypeOf(context);
  const { waitUntil } = prototype;
  prototype.waitUntil = {
    waitUntil(promise) {
      counted(promise);
      return waitUntil.call(this, promise);
    },
  }.waitUntil;
}
