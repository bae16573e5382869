/**
 * One run: an execution of `run()` of one instance.
 */
import { WorkflowEntrypoint } from 'cloudflare:workers';
import { learnConfig, knownConfig, revived } from './configs.js';
import { abortedError, fatalError, instanceRecord } from './errors.js';
import { chain, quote, setTimeout } from './intrinsics.js';
import { Replay } from './replay.js';
import { encodeOutput, isRefused } from './results.js';
import { inScope, isStrayed } from './scope.js';
import { makeStep } from './step.js';
import { Counters } from './step-names.js';
import { Turn } from './turn.js';
import { decode } from './values.js';

// Called in a loop by code that a run left behind, a rejection that comes at once would never let go of the thread.
const ENDED_PAUSE_MS = 10;

/**
 * Where a run lives: the user's exports, and what the socket's request gave.
 *
 * @typedef {{user: object, context: object, env: object, send(frame: string | Uint8Array): void}} Host
 */

/** A run, from its start message on. */
export class Run {
  counters = new Counters();
  hold;
  /** Whether the engine wants to know which recorded ends are asked for. */
  check;
  /** Whether `run()` has ended, or the socket is gone. */
  ended = false;
  /** Whether the socket is there. */
  attached = true;
  /** Timers, fetches and `waitUntil` promises outside steps, and inside. */
  openOutside = 0;
  openInside = 0;
  /** Callbacks that are running. */
  callbacks = 0;
  /** Step calls that wait for the engine to look at their config. */
  asking = 0;
  /** Whether the run may hold I/O objects. */
  tainted = false;
  /** Whether code outside steps may wait for a binding, which nothing counts. */
  mayWait = false;
  /** What is wanted of its console lines: bits, see log-line.js; and how many characters it has sent of them. */
  logs;
  logged = 0;

  #host;
  #start;
  #calls = new Map();
  #nextCall = 1;
  #steps = 0;
  #begun = new Map();
  #asked = new Map();
  #nextAsk = 1;
  #saidEnd = false;

  /**
   * @param {number} number
   * @param {object} start the start message's fields
   * @param {Host} host
   */
  constructor(number, start, host) {
    this.number = number;
    this.#host = host;
    this.#start = start;
    this.hold = start.hold;
    this.check = start.check === true;
    this.logs = start.logs;
    this.turn = new Turn(number, (frame) => this.#send(frame));
    this.replay = new Replay(this, start.ended);
    for (const [name, count, config] of start.begun) this.#begun.set(`${count} ${name}`, revived(config));
  }

  /**
   * Calls the user's `run()`.
   *
   * @param {string | Uint8Array} payload the event's, encoded
   */
  begin(payload) {
    inScope({ run: this, step: null, attempt: null }, () => {
      chain(
        this.#main(payload),
        (output) => this.#returned(output),
        (error) => this.#threw(error),
      );
    });
  }

  async #main(payload) {
    const { class: name, timestamp, instanceId, workflowName } = this.#start;
    const { user, context, env } = this.#host;
    const entrypoint = user[name];
    if (typeof entrypoint !== 'function') throw fatalError(`The Worker exports no class "${name}"`);
    if (!(entrypoint.prototype instanceof WorkflowEntrypoint)) {
      throw fatalError(`The class "${name}" does not extend WorkflowEntrypoint`);
    }
    const instance = new entrypoint(context, env);
    if (typeof instance.run !== 'function') throw fatalError(`The class "${name}" has no method run()`);
    const event = { payload: decode(payload), timestamp: new Date(timestamp), instanceId, workflowName };
    return instance.run(event, makeStep(this));
  }

  /**
   * Takes a message of the engine.
   *
   * @param {any[]} message
   * @param {string | Uint8Array} [value]
   */
  deliver(message, value) {
    const [type, first] = message;
    switch (type) {
      case 'ok':
        this.#settle(first, (call) => call.recorded());
        break;
      case 'done':
        this.#settle(first, (call) => call.done());
        break;
      case 'event':
        this.#settle(first, (call) => call.event(message[2], message[3], value));
        break;
      case 'no':
        this.#settle(first, (call) => call.rejected(message[2], message[3]));
        break;
      case 'v':
        if (!this.ended) this.replay.value(first, value);
        break;
      case 'try':
        if (!this.ended) this.#calls.get(first)?.try(message[2]);
        break;
      case 'logs':
        this.logs = first;
        break;
      case 'hold':
        this.hold = true;
        break;
      case 'idle?':
        this.turn.message(`["idle",${this.#pending()}]`);
        break;
      case 'config':
        this.#asked.get(first)?.(message[2]);
        this.#asked.delete(first);
        break;
      default:
        throw new Error(`a message of an unknown type: ${type}`);
    }
  }

  #settle(id, how) {
    const call = this.#calls.get(id);
    if (call === undefined || this.ended) return;
    this.#calls.delete(id);
    this.replay.afterwards(() => how(call));
  }

  /**
   * Gives a live call its number.
   *
   * @param {object} call
   * @returns {number}
   */
  open(call) {
    const id = this.#nextCall++;
    this.#calls.set(id, call);
    return id;
  }

  /**
   * The config with which an earlier run began a step, if one did.
   *
   * @param {string} name
   * @param {number} count
   * @returns {import('./configs.js').Resolved | undefined}
   */
  begunConfig(name, count) {
    return this.#begun.size === 0 ? undefined : this.#begun.get(`${count} ${name}`);
  }

  /**
   * Counts a `do` step against the limit.
   *
   * @throws a WorkflowFatalError
   */
  countStep() {
    const limit = this.#start.steps;
    if (++this.#steps <= limit) return;
    throw fatalError(
      `The limit of ${limit} steps has been reached. This limit can be changed in your worker configuration.`,
    );
  }

  /**
   * Has the engine look at a config.
   *
   * @param {string} name the step's
   * @param {string | null} text the config's JSON text
   * @returns {Promise<import('./configs.js').Resolved>} rejects with the engine's objection
   */
  async resolveConfig(name, text) {
    const known = knownConfig(text);
    if (known !== undefined) return known;
    const question = this.#nextAsk++;
    const answer = await new Promise((resolve) => {
      this.#asked.set(question, resolve);
      this.turn.message(`["config",${question},${quote(name)},${text}]`);
    });
    return learnConfig(text, answer);
  }

  /**
   * Rejects a step call that came after the end.
   *
   * @param {{reject: Function}} settle
   */
  rejectEnded(settle) {
    setTimeout(() => settle.reject(abortedError()), ENDED_PAUSE_MS);
  }

  /** The socket is gone: nothing of the run matters any more. */
  drop() {
    this.ended = true;
    this.attached = false;
    this.replay.drop();
    for (const call of this.#calls.values()) call.drop();
    this.#calls.clear();
  }

  /** Something that was counted as open has closed, or a callback has ended. */
  somethingClosed() {
    if (this.#saidEnd && this.#open() === 0) this.turn.message('["quiet"]');
  }

  // What the run still has to do by itself: also recorded ends that have not been handed over, or the replay of a run
  // whose first branch sleeps would be taken for rest.
  #pending() {
    return this.openOutside + (this.mayWait ? 1 : 0) + this.replay.waiting + this.asking;
  }

  #open() {
    return this.openOutside + this.openInside + this.callbacks + this.asking;
  }

  #returned(output) {
    let encoded;
    try {
      encoded = encodeOutput(output);
    } catch (error) {
      this.#threw(error);
      return;
    }
    if (encoded instanceof Promise) {
      chain(
        encoded,
        (later) => this.#return(later),
        (error) => this.#threw(error),
      );
    } else {
      this.#return(encoded);
    }
  }

  #return(encoded) {
    this.#end((writer) => writer.withValue(`["return",${this.#left()}]`, encoded));
  }

  #threw(error) {
    const record = isRefused(error) ? error.record : instanceRecord(error);
    const stack = record.stack === null ? 'null' : quote(record.stack);
    this.#end((writer) =>
      writer.message(`["throw",${quote(record.name)},${quote(record.message)},${stack},${this.#left()}]`),
    );
  }

  #end(say) {
    if (this.ended) return;
    this.ended = true;
    this.turn.last((writer) => {
      say(writer);
      this.#saidEnd = true;
      this.replay.drop();
    });
  }

  // 0: something goes on; 2: nothing does, but I/O objects may have been kept, or promises of calls that nobody
  // awaited; 1: nothing is left, the socket may carry another run.
  #left() {
    if (this.#open() > 0) return 0;
    return this.#calls.size + this.replay.waiting > 0 || this.tainted || isStrayed() ? 2 : 1;
  }

  #send(frame) {
    if (this.attached) this.#host.send(frame);
  }
}
