// What cannot be recorded, in the words and with the consequences of the original (a generated table of them:
// crates/runtime/tests/fixtures/values/table.md).

import * as intrinsics from './intrinsics.js';

const { classes, structuredClone, toStringOf, isPrototypeOf, getPrototypeOf, getOwnPropertyDescriptor } = intrinsics;
const { endsWith, objectPrototype, isArray, keys, mapForEach, setForEach, setAdd, setHas, symbolToString } = intrinsics;
const { DOMException, Error, Map, Set } = classes;

/** A value that cannot be recorded. */
export class Unserialisable extends Error {
  /**
   * @param {boolean} fatal Whether the whole instance ends, without a retry, and user code cannot catch it. If not,
   *   this is an error like one that the step's callback threw: it is retried and can be caught.
   * @param {string} name The error's class: `DataCloneError` as a rule.
   * @param {string} message The original's text. Of a fatal one: what instanceMessage says after its first sentence.
   */
  constructor(fatal, name, message) {
    super(message);
    this.fatal = fatal;
    this.name = name;
  }

  /**
   * The text of the `WorkflowFatalError` with which the instance ends, if this is fatal.
   * @param {string | undefined} stepName The step that returned the value; undefined if run() did.
   */
  instanceMessage(stepName) {
    const who = stepName === undefined ? 'run()' : `the step "${stepName}"`;
    const what = this.name === 'InvalidStepReadableStreamError' || this.name === 'OversizedStreamChunkError'
      ? `an invalid ReadableStream output. ${this.message}`
      : 'a value which is not serialisable';
    return `The execution of the Workflow instance was terminated, as ${who} returned ${what}`;
  }
}

const PROXY =
  'Proxy could not be serialized because it is not a valid RPC receiver type. The Proxy must emulate either a plain ' +
  "object or an RpcTarget, as indicated by the Proxy's prototype chain.";
const UNCLONEABLE = ' could not be cloned.';
const UNREADABLE = 'Unable to deserialize cloned data.';

const retried = (message) => new Unserialisable(false, 'DataCloneError', message);

/** A function, an RPC stub, a Response: what the original can send, but not store. */
export const fatal = () => new Unserialisable(true, 'DataCloneError', 'The value is not serialisable');

/** @param {symbol} symbol */
export const refusedSymbol = (symbol) => retried(symbolToString(symbol) + UNCLONEABLE);

/** A detached ArrayBuffer, or a view of one. */
export const refusedDetached = () => retried('An ArrayBuffer is detached and could not be cloned.');

/** A SharedArrayBuffer, or a view of one: the original finds out at the far end. */
export const refusedShared = () => new Unserialisable(false, 'Error', UNREADABLE);

/** A value that nests too deep. */
export const refusedDepth = () => new Unserialisable(false, 'RangeError', 'Maximum call stack size exceeded');

/**
 * An object that is none of the accepted kinds: an instance of a class, of a platform class, a Promise, a Proxy …
 * @param {object} object
 */
export function refusedObject(object) {
  const message = cloneError(object);
  if (message === undefined) return retried(classText(object));
  if (!endsWith(message, UNCLONEABLE) || !looksOrdinary(object)) return retried(message);
  return retried(hasUncloneable(object) ? classText(object) : PROXY);
}

/** Whether a property is to blame rather than the object itself. */
function hasUncloneable(object) {
  const names = keys(object);
  for (let i = 0; i < names.length; i++) if (cloneError(object[names[i]]) !== undefined) return true;
  return false;
}

const classText = (object) =>
  `Could not serialize object of type "${className(object)}". This type does not support serialization.`;

/**
 * Finds what only structured clone can tell from plain data: a Proxy (it refuses them) and `arguments`. Pure JavaScript
 * cannot see a Proxy. Throws if there is one that is retried.
 * @param {unknown} value A value whose every object has been found acceptable.
 * @returns {boolean} Whether there is one that is fatal: the original makes an RPC stub of it.
 */
export function hasOpaque(value) {
  return cloneError(value) !== undefined && findOpaque(value, new Set());
}

/** The text with which structured clone refuses a value; undefined if it does not. */
function cloneError(value) {
  try {
    structuredClone(value);
    return undefined;
  } catch (error) {
    if (isPrototypeOf(DOMException.prototype, error)) return `${error.message}`;
    // Written, but not read back: no refusal. Anything else was thrown by a getter.
    if (error?.message === UNREADABLE) return undefined;
    throw error;
  }
}

/** Looks for the innermost object that is refused although everything in it is accepted. */
function findOpaque(value, seen) {
  if (typeof value !== 'object' || value === null || setHas(seen, value)) return false;
  setAdd(seen, value);
  const message = cloneError(value);
  if (message === undefined) return false;
  // A Proxy's traps are of no interest: it is not walked into, so this comes before its children.
  let found = false;
  let explained = false;
  const child = (item) => {
    if (typeof item !== 'object' || item === null || cloneError(item) === undefined) return;
    explained = true;
    if (findOpaque(item, seen)) found = true;
  };
  if (isPrototypeOf(Map.prototype, value)) {
    mapForEach(value, (item, key) => {
      child(key);
      child(item);
    });
  } else if (isPrototypeOf(Set.prototype, value)) {
    setForEach(value, child);
  } else if (isPrototypeOf(Error.prototype, value)) {
    // Its other fields are not recorded, whatever they are.
    child(value.cause);
    return found;
  } else if (isArray(value) || getPrototypeOf(value) === objectPrototype) {
    const names = keys(value);
    for (let i = 0; i < names.length; i++) child(value[names[i]]);
  } else {
    // Something of the platform that structured clone refuses and the encoding takes, such as a Request's body.
    return false;
  }
  if (explained) return found;
  if (!endsWith(message, UNCLONEABLE)) return false;
  if (isArray(value)) throw retried(PROXY);
  if (toStringOf(value) === '[object Arguments]') throw retried(message);
  return true;
}

/** Whether this has the looks of data. If it cannot be cloned all the same, it is a Proxy. */
function looksOrdinary(object) {
  switch (toStringOf(object)) {
    case '[object Object]':
    case '[object Array]':
    case '[object Map]':
    case '[object Set]':
    case '[object Date]':
    case '[object RegExp]':
    case '[object Error]':
      return true;
    default:
      return false;
  }
}

/** The name of the class that made the object, without running its getters. */
function className(object) {
  for (let proto = getPrototypeOf(object); proto !== null; proto = getPrototypeOf(proto)) {
    const made = getOwnPropertyDescriptor(proto, 'constructor')?.value;
    if (typeof made !== 'function') continue;
    const name = getOwnPropertyDescriptor(made, 'name')?.value;
    if (typeof name === 'string' && name !== '') return name;
  }
  return 'Object';
}
