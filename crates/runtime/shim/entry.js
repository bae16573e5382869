/**
 * The door of the run channel, and the first module of the isolate: what it installs is in place before the user's
 * module is evaluated.
 */
import { WorkerEntrypoint, WorkflowEntrypoint } from 'cloudflare:workers';
import { installBindings, installContext } from './bindings.js';
import { installConsole } from './console.js';
import { installIo } from './io.js';
import { serveControl, serveRuns } from './socket.js';
import { installTimers } from './timers.js';

// The shim's own sockets must not count as the user's.
const { Response, WebSocketPair } = globalThis;

installTimers();
installIo();
installConsole();
installBindings();

/**
 * The entrypoint that the engine reaches.
 *
 * `GET /run` and `GET /control` are WebSockets. `GET /classes` tells how each Workflow class of the configuration
 * was found: `ok`, `missing` or `foreign` (it does not extend WorkflowEntrypoint).
 *
 * @param {object} user the namespace of the user's main module
 * @param {string[]} classNames the Workflow classes that the configuration names
 * @returns {Function} a class
 */
export function runEntrypoint(user, classNames) {
  return class __StepwellRun extends WorkerEntrypoint {
    fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === '/classes') {
        return Response.json(Object.fromEntries(classNames.map((name) => [name, found(user[name])])));
      }
      if (request.headers.get('upgrade') !== 'websocket') return new Response(null, { status: 426 });
      const { 0: theirs, 1: ours } = new WebSocketPair();
      if (pathname === '/control') {
        serveControl(ours);
      } else {
        installContext(this.ctx);
        serveRuns(ours, { user, context: this.ctx, env: this.env });
      }
      return new Response(null, { status: 101, webSocket: theirs });
    }
  };
}

function found(value) {
  if (typeof value !== 'function') return 'missing';
  return value.prototype instanceof WorkflowEntrypoint ? 'ok' : 'foreign';
}
