/**
 * Names of steps and how they are counted (spec 2.2).
 */
import { fatalError } from './errors.js';
import { well } from './intrinsics.js';

const MAX_LENGTH = 256;
const CONTROL = /[\x00-\x1f]/;

/**
 * Checks a step's name.
 *
 * @param {unknown} name
 * @returns {string} the name, well-formed
 * @throws a WorkflowFatalError (spec 2.6)
 */
export function stepName(name) {
  if (typeof name !== 'string' || name.length > MAX_LENGTH || CONTROL.test(name)) {
    throw fatalError(`Step name "${String(name)}" exceeds max length (256 chars) or invalid characters found`);
  }
  return well(name);
}

/** Counts the calls of a run by kind and name. */
export class Counters {
  #kinds = { do: new Map(), sleep: new Map(), wait: new Map() };

  /**
   * @param {'do' | 'sleep' | 'wait'} kind
   * @param {string} name
   * @returns {number} which call of this kind and name it is, from 1
   */
  next(kind, name) {
    const counts = this.#kinds[kind];
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count;
  }
}
