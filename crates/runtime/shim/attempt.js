/**
 * One attempt of a `do` step: the callback, its timeout, its result or error, and the verdict on what comes next.
 */
import { shownConfig } from './configs.js';
import { errorNamed, isNonRetryable, nonRetryableRecord, recordOf } from './errors.js';
import { chain, clearTimeout, quote, setTimeout } from './intrinsics.js';
import { encodeResult, isRefused } from './results.js';
import { inScope } from './scope.js';

const DELAY_FUNCTION_MS = 5_000;
// Longer timers fire at once.
const LONGEST_TIMER_MS = 2_147_483_647;

const RUNNING = 0;
const DELAYING = 1;
const OVER = 2;

const resolved = Promise.resolve();

/** A running attempt of a `do` call. */
export class Attempt {
  #call;
  #number;
  #timer;
  // The callback's own end counts only while RUNNING; a delay function may follow it.
  #state = RUNNING;

  /**
   * Starts the callback. Its end is sent to the engine by itself.
   *
   * @param {import('./do-step.js').DoCall} call
   * @param {number} number from 1
   */
  constructor(call, number) {
    this.#call = call;
    this.#number = number;
    const { run } = call;
    run.callbacks++;
    run.turn.started(this);
    const context = this.#context();
    const { callback } = call;
    inScope({ run, step: call.display, attempt: number }, () => {
      chain(
        chain(
          chain(resolved, () => callback(context)),
          (value) => this.#returned(value),
        ),
        undefined,
        (error) => this.#threw(error),
      );
    });
  }

  /** The callback waits for something: now its timeout needs a timer. */
  stillRuns() {
    this.#arm(this.#call.config.timeoutMs);
  }

  /**
   * Forgets the attempt: its late end is dropped.
   *
   * @returns {boolean} whether it was still going on
   */
  abandon() {
    if (this.#state === OVER) return false;
    this.#state = OVER;
    clearTimeout(this.#timer);
    const { run } = this.#call;
    run.turn.ended(this);
    run.callbacks--;
    run.somethingClosed();
    return true;
  }

  #context() {
    const { name, count, config } = this.#call;
    return { step: { name, count }, attempt: this.#number, config: shownConfig(config) };
  }

  #arm(left) {
    const part = Math.min(left, LONGEST_TIMER_MS);
    this.#timer = setTimeout(() => {
      if (this.#state !== RUNNING) return;
      if (left > part) this.#arm(left - part);
      else this.#timedOut();
    }, part);
  }

  #timedOut() {
    const message = `Execution timed out after ${this.#call.config.timeoutMs}ms`;
    this.#threw(errorNamed('WorkflowTimeoutError', message));
  }

  // The timeout covers the reading of a stream, which is why the attempt is over only when the result is encoded.
  #returned(value) {
    if (this.#state !== RUNNING) return undefined;
    const encoded = encodeResult(value, this.#call);
    if (encoded instanceof Promise) return chain(encoded, (later) => this.#succeeded(later));
    this.#succeeded(encoded);
    return undefined;
  }

  #succeeded(encoded) {
    if (this.#state !== RUNNING || !this.abandon()) return;
    const call = this.#call;
    call.encoded = encoded;
    call.run.turn.withValue(`["+",${call.id},${this.#number}]`, encoded);
  }

  #threw(error) {
    if (this.#state !== RUNNING) return;
    const call = this.#call;
    if (isRefused(error)) {
      this.#failed(error.record, error.instance === null ? '0' : `[3,${quote('WorkflowFatalError')},${quote(error.instance)}]`);
    } else if (isNonRetryable(error)) {
      this.#failed(nonRetryableRecord(error), '2');
    } else if (call.config.dynamic && this.#number <= call.config.limit) {
      this.#askDelay(error);
    } else {
      this.#failed(recordOf(error), '0');
    }
  }

  #failed(record, verdict) {
    if (!this.abandon()) return;
    const { id, run, display } = this.#call;
    const stack = record.stack === null ? 'null' : quote(record.stack);
    const error = `${quote(record.name)},${quote(record.message)},${stack}`;
    run.turn.message(`["-",${id},${this.#number},${quote(display)},${error},${verdict}]`);
  }

  // Calls the delay function of the live code (spec 2.4).
  #askDelay(error) {
    this.#state = DELAYING;
    clearTimeout(this.#timer);
    const call = this.#call;
    const { run } = call;
    run.turn.ended(this);
    const fail = (what) =>
      this.#failed(
        recordOf(errorNamed('NonRetryableDelayError', `The delay function for step "${call.display}" ${what}`)),
        '2',
      );
    this.#timer = setTimeout(() => fail('did not return within 5 seconds'), DELAY_FUNCTION_MS);
    const context = { ctx: this.#context(), error };
    inScope({ run, step: call.display, attempt: this.#number }, () => {
      chain(
        chain(resolved, () => call.delay(context)),
        (delay) => {
          if (this.#state !== DELAYING) return;
          // Strings are the engine's to parse; it has the text for those it refuses.
          if (typeof delay === 'string') this.#failed(recordOf(error), `[1,${quote(delay)}]`);
          else if (Number.isFinite(delay) && delay >= 0) this.#failed(recordOf(error), `[1,${delay}]`);
          else fail('returned an invalid delay value (expected a number of ms or a duration string like "30 seconds")');
        },
        (thrown) => {
          if (this.#state === DELAYING) fail(`threw an error: ${recordOf(thrown).message}`);
        },
      );
    });
  }
}
