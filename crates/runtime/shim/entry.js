/**
 * The door of the run channel, and the first module of the isolate: what it installs is in place before the user's
 * module is evaluated.
 */
import { WorkerEntrypoint } from 'cloudflare:workers';
import { installBindings, installContext } from './bindings.js';
import { installConsole } from './console.js';
import { installIo } from './io.js';
import { tainted } from './scope.js';
import { serveRuns } from './socket.js';
import { installTimers } from './timers.js';

// The shim's own sockets must not count as the user's.
const { Response, WebSocketPair } = globalThis;

installTimers();
installIo();
installConsole();
installBindings();

/**
 * The entrypoint that the engine reaches: every WebSocket to it carries runs.
 *
 * @param {object} user the namespace of the user's main module
 * @param {boolean} noticed whether all I/O of the user's code can be noticed
 * @returns {Function} a class
 */
export function runEntrypoint(user, noticed) {
  if (!noticed) tainted();
  return class __StepwellRun extends WorkerEntrypoint {
    fetch(request) {
      if (request.headers.get('upgrade') !== 'websocket') return new Response(null, { status: 426 });
      installContext(this.ctx);
      const { 0: theirs, 1: ours } = new WebSocketPair();
      serveRuns(ours, { user, context: this.ctx, env: this.env });
      return new Response(null, { status: 101, webSocket: theirs });
    }
  };
}
