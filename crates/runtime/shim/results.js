/**
 * A step's result on its way to the engine: encoded, or refused with the texts of spec 2.5 and 2.6.
 */
import { encode, encodeAsync, encodedSize, Unserialisable } from './values.js';
import { chain } from './intrinsics.js';

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
 * Encodes what a callback returned.
 *
 * @param {unknown} value
 * @param {{name: string, display: string}} call
 * @returns {string | Uint8Array | Promise<string | Uint8Array>}
 * @throws {Refused}
 */
export function encodeResult(value, call) {
  try {
    const encoded = encode(value);
    if (encoded !== undefined) return checked(encoded, call);
  } catch (error) {
    throw refusal(error, call);
  }
  return chain(
    encodeAsync(value),
    (encoded) => checked(encoded, call),
    (error) => {
      throw refusal(error, call);
    },
  );
}

function checked(encoded, call) {
  if (encodedSize(encoded) <= MAX_SIZE) return encoded;
  throw new Refused(
    'WorkflowInternalError',
    `Step ${call.display} output is too large. Maximum allowed size is 1MiB.`,
  );
}

function refusal(error, call) {
  if (!(error instanceof Unserialisable)) return error;
  if (!error.fatal) return new Refused(error.name, error.message);
  return new Refused(
    'WorkflowFatalError',
    `Value returned from step "${call.name}" is not serialisable`,
    `The execution of the Workflow instance was terminated, as the step "${call.name}" returned a value which is not serialisable`,
  );
}
