/**
 * Hands the recorded ends to user code in the order in which they were recorded, one per turn of the event loop:
 * live, each came as an event of its own, and `Promise.race` must see the same now.
 */
import { rebuiltError } from './errors.js';
import { clearTimeout, setTimeout } from './intrinsics.js';
import { decode } from './values.js';

const VALUE = 0;
const DONE = 1;
const EVENT = 2;

// User code is idle when it asks for nothing during so many turns, and then for a few milliseconds: what nothing
// counts (WebCrypto, a decompression) takes some turns.
const QUIET_TURNS = 8;
const QUIET_MS = 4;
// A timer or fetch may lead to the next recorded step; one that only ticks must not hold up the rest for ever.
const LONGEST_WAIT_MS = 10_000;
// Values taken before the engine is told.
const REPORT_VALUES = 64;
const REPORT_SIZE = 512 * 1024;

/** The recorded ends of one run's steps. */
export class Replay {
  #run;
  #ended;
  #index = new Map();
  #values = new Map();
  // Calls waiting for their recorded end, by position.
  #asked = new Map();
  // Calls for an end that was passed over before.
  #late = [];
  // Settlements of live calls that came before the recorded ends were all handed over.
  #live = [];
  // Everything before this position has been handed over or passed over.
  #frontier = 0;
  #scheduled = false;
  #waiting = null;
  #asks = 0;
  #taken = 0;
  #takenSize = 0;

  /**
   * @param {import('./run.js').Run} run
   * @param {any[][]} ended as the start message has it
   */
  constructor(run, ended) {
    this.#run = run;
    this.#ended = ended;
    for (let position = 0; position < ended.length; position++) {
      const [kind, name, count] = ended[position];
      this.#index.set(`${kind} ${count} ${name}`, position);
    }
  }

  /** How many calls wait for their recorded end. */
  get waiting() {
    return this.#asked.size + this.#late.length + this.#live.length;
  }

  /**
   * Where a step's end is recorded.
   *
   * @param {string} kind `do`, `sleep` or `wait`
   * @param {string} name
   * @param {number} count
   * @returns {number | undefined}
   */
  find(kind, name, count) {
    return this.#ended.length === 0 ? undefined : this.#index.get(`${kind} ${count} ${name}`);
  }

  /**
   * Settles a call with the end recorded at `position`, when its time has come.
   *
   * @param {number} position
   * @param {{resolve: (value: any) => void, reject: (reason: any) => void}} call
   */
  ask(position, call) {
    this.#asks++;
    if (this.#run.check) this.#run.turn.message(`["asked",${position}]`);
    if (position < this.#frontier) this.#late.push([position, call]);
    else this.#asked.set(position, call);
    this.#schedule();
  }

  /**
   * Takes a recorded value.
   *
   * @param {number} position
   * @param {string | Uint8Array} value
   */
  value(position, value) {
    this.#values.set(position, value);
    // Passed over: the value is kept in case it is asked for, but the engine may go on.
    if (position < this.#frontier) this.#account(value);
    if (this.waiting > 0) this.#schedule();
  }

  /**
   * Settles a live call: at once, or, while recorded ends are still to be handed over, after these.
   *
   * @param {() => void} settle
   */
  afterwards(settle) {
    if (this.#frontier >= this.#ended.length && this.#live.length === 0) {
      settle();
      return;
    }
    this.#live.push(settle);
    this.#schedule();
  }

  /** Forgets everything: the run is over. */
  drop() {
    this.#ended = [];
    this.#index.clear();
    this.#asked.clear();
    this.#values.clear();
    this.#late = [];
    this.#live = [];
    this.#stopWaiting();
  }

  #schedule() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setTimeout(() => {
      this.#scheduled = false;
      this.#turn();
    }, 0);
  }

  #turn() {
    if (this.waiting === 0) return;
    if (this.#late.length > 0) {
      this.#late.sort((a, b) => a[0] - b[0]);
      const [position, call] = this.#late[0];
      if (!this.#handOver(position, call)) return;
      this.#late.shift();
    } else if (this.#asked.has(this.#frontier)) {
      const position = this.#frontier;
      if (!this.#handOver(position, this.#asked.get(position))) return;
      this.#asked.delete(position);
      this.#frontier++;
    } else if (this.#frontier < this.#ended.length) {
      this.#waitForAsk();
      return;
    } else {
      this.#live.shift()();
    }
    this.#stopWaiting();
    if (this.waiting > 0) this.#schedule();
  }

  // False if the value has not come yet; its coming schedules the next turn.
  #handOver(position, call) {
    const entry = this.#ended[position];
    switch (entry[3]) {
      case VALUE:
      case EVENT: {
        const value = this.#values.get(position);
        if (value === undefined) {
          this.#report();
          return false;
        }
        this.#values.delete(position);
        if (position === this.#frontier) this.#account(value);
        settleWith(call, value, entry);
        return true;
      }
      case DONE:
        call.resolve(undefined);
        return true;
      default:
        call.reject(rebuiltError(entry[4], entry[5]));
        return true;
    }
  }

  #account(value) {
    this.#taken++;
    this.#takenSize += value.length;
    if (this.#taken >= REPORT_VALUES || this.#takenSize >= REPORT_SIZE) this.#report();
  }

  #report() {
    if (this.#taken === 0) return;
    this.#run.turn.message(`["more",${this.#taken}]`);
    this.#taken = 0;
    this.#takenSize = 0;
  }

  // Something was asked for, but not what was recorded next.
  #waitForAsk() {
    if (this.#waiting !== null) return;
    const waiting = { timer: undefined, asks: this.#asks, turns: 0, since: Date.now() };
    this.#waiting = waiting;
    const look = () => {
      if (this.#waiting !== waiting) return;
      const busy = this.#run.openOutside > 0 || this.#run.mayWait;
      if (this.#asks !== waiting.asks || (busy && Date.now() - waiting.since < LONGEST_WAIT_MS)) {
        waiting.asks = this.#asks;
        waiting.turns = 0;
      } else if (waiting.turns > QUIET_TURNS) {
        this.#passOver();
        return;
      }
      waiting.turns++;
      const pause = busy || waiting.turns > QUIET_TURNS ? QUIET_MS : 0;
      waiting.timer = setTimeout(look, pause);
    };
    look();
  }

  #stopWaiting() {
    if (this.#waiting === null) return;
    clearTimeout(this.#waiting.timer);
    this.#waiting = null;
  }

  // Moves on to the next end that was asked for, or to the live settlements.
  #passOver() {
    let next = this.#ended.length;
    for (const position of this.#asked.keys()) if (position < next) next = position;
    for (; this.#frontier < next; this.#frontier++) {
      const value = this.#values.get(this.#frontier);
      if (value !== undefined) this.#account(value);
    }
    this.#report();
    this.#stopWaiting();
    this.#schedule();
  }
}

function settleWith(call, value, entry) {
  let decoded;
  try {
    decoded = decode(value);
  } catch (error) {
    call.reject(error);
    return;
  }
  if (entry[3] === EVENT) decoded = { payload: decoded, timestamp: new Date(entry[4]), type: entry[5] };
  call.resolve(decoded);
}
