/**
 * What user code threw out of a handler, as JSON text: `{name, message, stack, cause?}`.
 */
import { recordOf } from './errors.js';
import { JSONStringify } from './intrinsics.js';

// A cause may be its own cause.
const MOST_CAUSES = 5;

/**
 * @param {unknown} thrown need not be an Error, and may be hostile
 * @returns {string}
 */
export function uncaught(thrown) {
  return JSONStringify(describe(thrown, MOST_CAUSES));
}

function describe(thrown, causes) {
  const record = recordOf(thrown);
  const cause = causes > 0 ? causeOf(thrown) : undefined;
  if (cause !== undefined && cause !== null) record.cause = describe(cause, causes - 1);
  return record;
}

function causeOf(thrown) {
  try {
    return typeof thrown === 'object' ? thrown?.cause : undefined;
  } catch {
    return undefined;
  }
}
