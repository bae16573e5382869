/**
 * `step.sleep`, `step.sleepUntil` and `step.waitForEvent`: the engine keeps the deadline and settles the call.
 */
import { carriedText } from './configs.js';
import { rebuiltError } from './errors.js';
import { quote } from './intrinsics.js';
import { stepName } from './step-names.js';
import { decode } from './values.js';

/** A live call that the engine settles. */
class WaitingCall {
  constructor(settle) {
    this.settle = settle;
  }

  done() {
    this.settle.resolve(undefined);
  }

  event(ms, type, payload) {
    let decoded;
    try {
      decoded = decode(payload);
    } catch (error) {
      this.settle.reject(error);
      return;
    }
    this.settle.resolve({ payload: decoded, timestamp: new Date(ms), type });
  }

  rejected(name, message) {
    this.settle.reject(rebuiltError(name, message));
  }

  drop() {}
}

function call(run, settle, kind, given, line) {
  const name = stepName(given);
  const count = run.counters.next(kind, name);
  const position = run.replay.find(kind, name, count);
  if (position !== undefined) {
    run.replay.ask(position, settle);
    return;
  }
  const rest = line();
  const id = run.open(new WaitingCall(settle));
  run.turn.message(`["${rest[0]}",${id},${quote(name)},${count},${rest[1]}]`);
}

/**
 * `step.sleep(name, duration)`.
 *
 * @param {import('./run.js').Run} run
 * @param {{resolve: Function, reject: Function}} settle
 * @param {unknown[]} given the arguments
 */
export function callSleep(run, settle, [name, duration]) {
  call(run, settle, 'sleep', name, () => ['sleep', carriedText(duration)]);
}

/**
 * `step.sleepUntil(name, timestamp)`.
 *
 * @param {import('./run.js').Run} run
 * @param {{resolve: Function, reject: Function}} settle
 * @param {unknown[]} given the arguments
 */
export function callSleepUntil(run, settle, [name, timestamp]) {
  call(run, settle, 'sleep', name, () => {
    const ms = Math.trunc(+new Date(timestamp));
    return ['until', Number.isNaN(ms) ? 'null' : ms];
  });
}

/**
 * `step.waitForEvent(name, { type, timeout })`.
 *
 * @param {import('./run.js').Run} run
 * @param {{resolve: Function, reject: Function}} settle
 * @param {unknown[]} given the arguments
 * @throws {TypeError} without options
 */
export function callWaitForEvent(run, settle, [name, options]) {
  call(run, settle, 'wait', name, () => {
    const { type, timeout } = options;
    return ['wait', `${quote(String(type))},${timeout === undefined ? 'null' : carriedText(timeout)}`];
  });
}
