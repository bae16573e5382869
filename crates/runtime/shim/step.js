/**
 * The `step` that `run()` is called with.
 */
import { callDo } from './do-step.js';
import { chain } from './intrinsics.js';
import { callSleep, callSleepUntil, callWaitForEvent } from './wait-steps.js';

const ignore = () => {};

/**
 * @param {import('./run.js').Run} run
 * @returns {{do: Function, sleep: Function, sleepUntil: Function, waitForEvent: Function}}
 */
export function makeStep(run) {
  const calling = (call, given) => {
    run.mayWait = false;
    const promise = new Promise((resolve, reject) => {
      const settle = { resolve, reject };
      if (run.ended) run.rejectEnded(settle);
      else call(run, settle, given);
    });
    // The error of a step that nobody awaits is swallowed (spec 2.11, rule 9).
    chain(promise, undefined, ignore);
    return promise;
  };
  return {
    do: (...given) => calling(callDo, given),
    sleep: (...given) => calling(callSleep, given),
    sleepUntil: (...given) => calling(callSleepUntil, given),
    waitForEvent: (...given) => calling(callWaitForEvent, given),
  };
}
