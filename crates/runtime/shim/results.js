/**
 * What a callback or `run()` returned on its way to the engine: encoded, or refused with the texts of spec 2.5 and
 * 2.6.
 */
import { chain } from './intrinsics.js';
import { encodeAsync, encodedSize, Unserialisable } from './values.js';

const MAX_SIZE = 1024 * 1024;

/** A result that cannot be recorded. */
export class Refused {
  /**
   * @param {string} name the error of the attempt
   * @param {string} message
   * @param {string | null} instance the message with which the whole instance ends, if it does
   */
  constructor(name, message, instance = null) {
    this.record = { name, message, stack: null };
    this.instance = instance;
  }
}

/**
 * Whether something thrown is a refusal. A Proxy of the user's may throw when it is asked what it is.
 *
 * @param {unknown} thrown
 * @returns {boolean}
 */
export function isRefused(thrown) {
  try {
    return thrown instanceof Refused;
  } catch {
    return false;
  }
}

/**
 * Encodes what a step's callback returned.
 *
 * @param {unknown} value
 * @param {{name: string, display: string}} call
 * @returns {string | Uint8Array | Promise<string | Uint8Array>} a promise if there is a stream or a body to read
 * @throws {Refused} and whatever a getter of the value throws
 */
export function encodeResult(value, call) {
  return encoding(
    value,
    (encoded) => checked(encoded, call),
    (error) => refusal(error, call),
  );
}

/**
 * Encodes what `run()` returned.
 *
 * @param {unknown} value
 * @returns {string | Uint8Array | Promise<string | Uint8Array>}
 * @throws {Refused} and whatever a getter of the value throws
 */
export function encodeOutput(value) {
  return encoding(value, undefined, (error) => {
    if (!(error instanceof Unserialisable)) return error;
    return new Refused('WorkflowFatalError', error.instanceMessage());
  });
}

function encoding(value, check, refuse) {
  let encoded;
  try {
    encoded = encodeAsync(value);
    if (!(encoded instanceof Promise)) return check === undefined ? encoded : check(encoded);
  } catch (error) {
    throw refuse(error);
  }
  return chain(encoded, check, (error) => {
    throw refuse(error);
  });
}

function checked(encoded, call) {
  // No encoding is shorter in UTF-16 units than a third of what counts.
  if (encoded.length <= MAX_SIZE / 3 || encodedSize(encoded) <= MAX_SIZE) return encoded;
  throw new Refused(
    'WorkflowInternalError',
    `Step ${call.display} output is too large. Maximum allowed size is 1MiB.`,
  );
}

function refusal(error, call) {
  if (!(error instanceof Unserialisable)) return error;
  if (!error.fatal) return new Refused(error.name, error.message);
  const message =
    error.name === 'DataCloneError' ? `Value returned from step "${call.name}" is not serialisable` : error.message;
  return new Refused('WorkflowFatalError', message, error.instanceMessage(call.name));
}
