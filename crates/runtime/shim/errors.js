/**
 * Errors, from what user code throws to what is recorded and back. Only name and message are recorded (spec 2.6), so
 * what `catch` in `run()` sees is always an Error made from these two.
 */
import { NonRetryableError } from 'cloudflare:workflows';
import { captureStackTrace, well } from './intrinsics.js';

// Bounds on what one error may add to an instance's record.
const MAX_MESSAGE = 65_536;
const MAX_STACK = 16_384;

const PRESERVE = globalThis.Cloudflare?.compatibilityFlags?.workflows_preserve_non_retryable_error_message ?? false;
const PREFIX = /^NonRetryableError:?\s*/;

// The shim's own frames tell the user nothing.
const OWN_FRAME = /\n[^\n]*\bstepwell\/[a-z/-]+\.js:\d+:\d+\)?(?=\n|$)/g;

/**
 * A stack without the frames of the shim.
 *
 * @param {string} stack
 * @returns {string}
 */
export function withoutOwnFrames(stack) {
  return stack.replace(OWN_FRAME, '');
}

function withStack(error, stack) {
  Object.defineProperty(error, 'stack', { value: stack, configurable: true, enumerable: false, writable: true });
  return error;
}

function named(name, message) {
  if (name === 'NonRetryableError') return new NonRetryableError(message);
  const error = new Error(message);
  if (name !== 'Error') {
    Object.defineProperty(error, 'name', { value: name, configurable: true, enumerable: false, writable: true });
    // The stack's first line was made with the class's name.
    captureStackTrace?.(error);
  }
  return error;
}

/**
 * An error of a given name, thrown here and now.
 *
 * @param {string} name
 * @param {string} message
 * @returns {Error} a NonRetryableError if that is its name
 */
export function errorNamed(name, message) {
  const error = named(name, message);
  return withStack(error, withoutOwnFrames(String(error.stack)));
}

/**
 * The error that a record stands for. Where it came from is not recorded.
 *
 * @param {string} name
 * @param {string} message
 * @returns {Error} a NonRetryableError if that is its name
 */
export function rebuiltError(name, message) {
  const error = named(name, message);
  return withStack(error, String(error));
}

/**
 * An error of the engine that user code can catch (spec 2.6).
 *
 * @param {string} message
 * @returns {Error}
 */
export function fatalError(message) {
  return errorNamed('WorkflowFatalError', message);
}

/**
 * What a step call of a run that has ended rejects with.
 *
 * @returns {Error}
 */
export function abortedError() {
  return errorNamed('WorkflowAbortedError', 'This run of the instance has ended');
}

function textOf(read, otherwise) {
  try {
    const value = read();
    return value === undefined || value === null ? otherwise() : String(value);
  } catch {
    return 'unknown';
  }
}

const cut = (text, max) => well(text.length > max ? text.slice(0, max) : text);

/**
 * What is recorded of something that was thrown; it need not be an Error.
 *
 * @param {unknown} thrown
 * @returns {{name: string, message: string, stack: string | null}}
 */
export function recordOf(thrown) {
  const name = textOf(
    () => thrown?.name,
    () => 'Error',
  );
  const message = textOf(
    () => thrown?.message,
    () => String(thrown),
  );
  const stack = withoutOwnFrames(
    textOf(
      () => thrown?.stack,
      () => '',
    ),
  );
  return {
    name: cut(name, 256),
    message: cut(message, MAX_MESSAGE),
    stack: stack === '' ? null : cut(stack, MAX_STACK),
  };
}

/**
 * Whether a step must not be tried again after this. By class, by name, and by message, because the name does not
 * survive RPC (spec 2.6).
 *
 * @param {unknown} thrown
 * @returns {boolean}
 */
export function isNonRetryable(thrown) {
  try {
    return (
      thrown instanceof NonRetryableError ||
      thrown?.name === 'NonRetryableError' ||
      String(thrown?.message).startsWith('NonRetryableError')
    );
  } catch {
    return false;
  }
}

/**
 * The record of an error for which `isNonRetryable` holds. What has its name in the message only gets it back.
 *
 * @param {unknown} thrown
 * @returns {{name: string, message: string, stack: string | null}}
 */
export function nonRetryableRecord(thrown) {
  const record = recordOf(thrown);
  if (!PREFIX.test(record.message)) return record;
  return { ...record, name: 'NonRetryableError', message: record.message.replace(PREFIX, '') };
}

/**
 * The instance's error when `run()` throws. Without the compatibility flag
 * `workflows_preserve_non_retryable_error_message` a NonRetryableError is replaced by a fixed text.
 *
 * @param {unknown} thrown
 * @returns {{name: string, message: string, stack: string | null}}
 */
export function instanceRecord(thrown) {
  if (!isNonRetryable(thrown)) return recordOf(thrown);
  const record = nonRetryableRecord(thrown);
  if (PRESERVE) return record;
  return {
    ...record,
    name: 'WorkflowFatalError',
    message:
      'The execution of the Workflow instance was terminated, as a step threw an NonRetryableError and it was not handled',
  };
}
