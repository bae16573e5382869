/**
 * Which run, and which step of it, a piece of code belongs to; and how many things that code has left open.
 *
 * A scope is `{ run, step, attempt }`; `step` is the step's displayed name inside a step's callback, else null, and
 * `attempt` its attempt.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { chain } from './intrinsics.js';

const scopes = new AsyncLocalStorage();

// The context of nobody: neither a run's scope nor a store of the user's own AsyncLocalStorage is seen in it.
const outsideAll = AsyncLocalStorage.snapshot();

/**
 * The scope of the code that is running.
 *
 * @returns {{run: import('./run.js').Run, step: string | null, attempt: number | null} | undefined}
 */
export function currentScope() {
  return scopes.getStore();
}

/**
 * Calls `body` in `scope`, and in no AsyncLocalStorage context of the user: on Cloudflare `run()` and each callback
 * are called over RPC, which carries none (spec 2.1).
 *
 * @param {object | undefined} scope
 * @param {() => T} body
 * @returns {T}
 * @template T
 */
export function inScope(scope, body) {
  return outsideAll(() => scopes.run(scope, body));
}

/**
 * Notes that something is open in `scope`.
 *
 * @param {object} scope
 */
export function opened(scope) {
  if (scope.step === null) scope.run.openOutside++;
  else scope.run.openInside++;
}

/**
 * Takes back one `opened`.
 *
 * @param {object} scope
 */
export function closed(scope) {
  if (scope.step === null) scope.run.openOutside--;
  else scope.run.openInside--;
  scope.run.somethingClosed();
}

/**
 * Counts a promise as open in the current scope until it settles.
 *
 * @param {T} promise anything; what is no native promise is not counted
 * @returns {T} the same
 * @template T
 */
export function counted(promise) {
  const scope = scopes.getStore();
  if (scope === undefined || !(promise instanceof Promise)) return promise;
  opened(scope);
  const settled = () => closed(scope);
  chain(promise, settled, settled);
  return promise;
}

// Set when I/O was used where no run is in sight: then nothing is known of any run.
let strayed = false;

/**
 * Notes that the current run has, or may have, I/O objects in its hands. They belong to the socket on which the run
 * came; kept in a module's variable they would work in the next run on that socket, and on Cloudflare they never do.
 *
 * @param {boolean} [waiting] whether the code may now wait for something that nothing counts
 */
export function tainted(waiting = false) {
  const scope = scopes.getStore();
  if (scope === undefined) {
    strayed = true;
    return;
  }
  scope.run.tainted = true;
  if (waiting && scope.step === null) scope.run.mayWait = true;
}

/**
 * Whether no run of this isolate can be said to have kept its hands off I/O.
 *
 * @returns {boolean}
 */
export function isStrayed() {
  return strayed;
}
