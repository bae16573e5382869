/**
 * Gathers what a run says within one turn of the event loop into one frame, and finds out when the callbacks that
 * started in the turn have gone off to wait for something else.
 */
import { FrameWriter } from './frames.js';
import { microtask } from './intrinsics.js';

// How many rounds of microtasks a frame waits for a message that may follow, and for a callback's end. A round costs
// about 0.1 µs; a step with an empty callback ends after four.
const PATIENCE = 4;
const PATIENCE_WITH_CALLBACKS = 40;

/** What one run has to say. */
export class Turn {
  #writer = new FrameWriter();
  #run;
  #send;
  #scheduled = false;
  #patience = 0;
  #young = new Set();
  #last = null;
  #hop = () => this.#round();

  /**
   * @param {number} run the run's number
   * @param {(frame: string | Uint8Array) => void} send
   */
  constructor(run, send) {
    this.#run = run;
    this.#send = send;
  }

  /**
   * @param {string} line a message's JSON text
   */
  message(line) {
    this.#writer.message(line);
    this.#schedule(PATIENCE);
  }

  /**
   * @param {string} line a message's JSON text
   * @param {string | Uint8Array} value
   */
  withValue(line, value) {
    this.#writer.withValue(line, value);
    this.#schedule(PATIENCE);
  }

  /**
   * Notes that a callback has started. `waits` is called if it has not ended with this turn.
   *
   * @param {{stillRuns(): void}} attempt
   */
  started(attempt) {
    this.#young.add(attempt);
    this.#schedule(PATIENCE_WITH_CALLBACKS);
  }

  /**
   * Notes that a callback has ended.
   *
   * @param {object} attempt
   */
  ended(attempt) {
    this.#young.delete(attempt);
  }

  /**
   * Has the frame end with what `say` writes; it is called when nothing more runs in this turn.
   *
   * @param {(writer: FrameWriter) => void} say
   */
  last(say) {
    this.#last = say;
    this.#schedule(PATIENCE_WITH_CALLBACKS);
  }

  #schedule(patience) {
    if (patience > this.#patience) this.#patience = patience;
    if (this.#scheduled) return;
    this.#scheduled = true;
    microtask(this.#hop);
  }

  #round() {
    this.#patience--;
    const waits = this.#young.size > 0 || this.#last !== null;
    if (this.#patience > 0 && (waits || this.#patience < PATIENCE)) {
      microtask(this.#hop);
      return;
    }
    this.#scheduled = false;
    this.#patience = 0;
    if (this.#young.size > 0) {
      for (const attempt of this.#young) attempt.stillRuns();
      this.#young.clear();
    }
    if (this.#last !== null) {
      const say = this.#last;
      this.#last = null;
      say(this.#writer);
    }
    if (!this.#writer.empty) this.#send(this.#writer.take(this.#run));
  }
}
