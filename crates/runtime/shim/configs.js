/**
 * Configs of `do` steps. The engine validates them and parses their durations, so that there is one parser; it is
 * asked once per distinct config and isolate.
 */
import { JSONParse, JSONStringify, well } from './intrinsics.js';
import { errorNamed } from './errors.js';

/**
 * A config as the engine resolved it.
 *
 * @typedef {{timeoutMs: number, shown: object, limit: number, dynamic: boolean}} Resolved
 */

/** The default config (spec 2.4). */
export const DEFAULT = {
  timeoutMs: 600_000,
  shown: { retries: { limit: 5, delay: 10_000, backoff: 'exponential' }, timeout: '10 minutes' },
  limit: 5,
  dynamic: false,
};

// Answers by the config's JSON text. Bounded, because a config may hold a number that is different each time.
const answers = new Map();
const MAX_ANSWERS = 1000;

function carried(key, value) {
  // `this` has the value before a `toJSON` of the user's turned it into something else.
  const raw = this[key];
  switch (typeof raw) {
    case 'number':
      return Number.isFinite(raw) ? raw : { $number: String(raw) };
    case 'string':
      return well(raw);
    case 'function':
      return key === 'delay' ? { $delay: true } : { $type: 'function' };
    case 'bigint':
    case 'symbol':
      return { $type: typeof raw };
    default:
      return value;
  }
}

/**
 * Anything as JSON text, what JSON cannot carry as a mark that the engine's validator knows.
 *
 * @param {unknown} value
 * @returns {string}
 */
export function carriedText(value) {
  try {
    return JSONStringify(value, carried) ?? '{"$type":"undefined"}';
  } catch {
    return '{"$type":"object"}';
  }
}

/**
 * A config as JSON text; null for the default.
 *
 * @param {unknown} config as the user gave it
 * @returns {string | null}
 */
export function configText(config) {
  if (config === undefined) return null;
  const text = carriedText(config);
  return text === '{}' ? null : text;
}

/**
 * The answer to this config, if the engine has given it before.
 *
 * @param {string | null} text
 * @returns {Resolved | undefined}
 */
export function knownConfig(text) {
  return text === null ? DEFAULT : answers.get(text);
}

/**
 * Takes an answer of the engine.
 *
 * @param {string} text what was asked
 * @param {Resolved | {error: [string, string]}} answer
 * @returns {Resolved}
 * @throws the error in the answer. It is not kept: it names the step that asked.
 */
export function learnConfig(text, answer) {
  if (answer.error !== undefined) throw errorNamed(answer.error[0], answer.error[1]);
  const resolved = revived(answer);
  if (answers.size >= MAX_ANSWERS) answers.clear();
  answers.set(text, resolved);
  return resolved;
}

/**
 * Puts back the numbers that JSON could not carry.
 *
 * @param {Resolved} resolved
 * @returns {Resolved}
 */
export function revived(resolved) {
  const text = JSONStringify(resolved.shown);
  if (!text.includes('"$number"')) return resolved;
  const revive = (key, value) => (typeof value?.$number === 'string' ? Number(value.$number) : value);
  return { ...resolved, shown: JSONParse(text, revive) };
}

/**
 * The config as `ctx.config` shows it: the caller's own copy.
 *
 * @param {Resolved} resolved
 * @returns {object}
 */
export function shownConfig(resolved) {
  const { shown } = resolved;
  const copy = { ...shown };
  if (shown.retries !== undefined) copy.retries = { ...shown.retries };
  return copy;
}
