/**
 * `step.do`.
 */
import { Attempt } from './attempt.js';
import { configText, DEFAULT, knownConfig } from './configs.js';
import { fatalError, rebuiltError } from './errors.js';
import { chain, quote } from './intrinsics.js';
import { checkRollback } from './rollback.js';
import { stepName } from './step-names.js';
import { decode } from './values.js';

/** A live call of `step.do`: one with no recorded end. */
export class DoCall {
  id = 0;
  encoded = undefined;
  #attempt = null;

  /**
   * @param {import('./run.js').Run} run
   * @param {string} name
   * @param {number} count
   * @param {Function} callback
   * @param {unknown} userConfig as the user gave it; its delay function is used live
   * @param {{resolve: Function, reject: Function}} settle
   */
  constructor(run, name, count, callback, userConfig, settle) {
    this.run = run;
    this.name = name;
    this.count = count;
    this.callback = callback;
    this.userConfig = userConfig;
    this.settle = settle;
    this.config = DEFAULT;
  }

  /** The step's name as people see it. */
  get display() {
    return `${this.name}-${this.count}`;
  }

  /**
   * The delay function.
   *
   * @param {object} context
   * @returns {unknown}
   */
  delay(context) {
    return this.userConfig.retries.delay(context);
  }

  /**
   * Announces the call, and starts its callback unless the run holds or the step was begun by an earlier run.
   *
   * @param {string | null} text the config's JSON text
   */
  begin(text) {
    const { run } = this;
    const begun = run.begunConfig(this.name, this.count);
    if (begun !== undefined) this.config = begun;
    const started = !run.hold && begun === undefined;
    this.id = run.open(this);
    run.turn.message(`["do",${this.id},${quote(this.name)},${this.count},${started ? 1 : 0},${text ?? 'null'}]`);
    if (started) this.try(1);
  }

  /**
   * Starts an attempt.
   *
   * @param {number} attempt
   */
  try(attempt) {
    this.#attempt?.abandon();
    this.#attempt = new Attempt(this, attempt);
  }

  /** Settles with the recorded result: decoded from the encoded form, live too. */
  recorded() {
    let value;
    try {
      value = decode(this.encoded);
    } catch (error) {
      this.settle.reject(error);
      return;
    }
    this.encoded = undefined;
    this.settle.resolve(value);
  }

  /**
   * Settles with an error.
   *
   * @param {string} name
   * @param {string} message
   */
  rejected(name, message) {
    this.#attempt?.abandon();
    this.settle.reject(rebuiltError(name, message));
  }

  /** Forgets the attempt that runs: the run is over. */
  drop() {
    this.#attempt?.abandon();
  }
}

/**
 * `step.do(name, [config], callback, [rollback])`.
 *
 * @param {import('./run.js').Run} run
 * @param {{resolve: Function, reject: Function}} settle
 * @param {unknown[]} given the arguments
 * @throws what the step call rejects with (spec 2.6)
 */
export function callDo(run, settle, given) {
  const [first] = given;
  let [, config, callback, rollback] = given;
  if (typeof config === 'function') [config, callback, rollback] = [undefined, config, callback];
  if (typeof callback !== 'function') throw fatalError(`Step "${String(first)}" requires a callback function`);
  run.countStep();
  const name = stepName(first);
  const count = run.counters.next('do', name);
  const position = run.replay.find('do', name, count);
  if (position !== undefined) {
    run.replay.ask(position, settle);
    return;
  }
  const call = new DoCall(run, name, count, callback, config, settle);
  const text = configText(config);
  const known = knownConfig(text);
  if (known !== undefined && rollback === undefined) {
    call.config = known;
    call.begin(text);
    return;
  }
  // Counted as open while the engine is asked, so that the run does not look finished.
  run.asking++;
  chain(
    chain(
      chain(run.resolveConfig(name, text), (resolved) => {
        call.config = resolved;
        return checkRollback(run, name, rollback);
      }),
      () => {
        if (run.ended) run.rejectEnded(settle);
        else call.begin(text);
        run.asking--;
        run.somethingClosed();
      },
    ),
    undefined,
    (error) => {
      settle.reject(error);
      run.asking--;
      run.somethingClosed();
    },
  );
}
