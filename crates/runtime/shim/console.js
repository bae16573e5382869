/**
 * `console.*` inside a run goes to the engine, with the step that wrote it; outside it goes where it always went.
 */
import { apply } from './intrinsics.js';
import { logLine } from './log-line.js';
import { currentScope } from './scope.js';

// The methods, and the level under which their lines are known.
const LEVELS = {
  log: 'log',
  info: 'info',
  debug: 'debug',
  warn: 'warn',
  error: 'error',
  trace: 'log',
  dir: 'log',
  table: 'log',
};

/** Puts the attributing console methods in place. */
export function installConsole() {
  const { console } = globalThis;
  for (const [name, level] of Object.entries(LEVELS)) {
    const original = console[name];
    if (typeof original !== 'function') continue;
    console[name] = {
      [name](...values) {
        const scope = currentScope();
        if (scope === undefined || !scope.run.attached) return apply(original, console, values);
        // The second argument of `dir` says how the first one is shown.
        if (scope.run.logs !== 0) logLine(scope, level, name === 'dir' ? [values[0]] : values);
        return undefined;
      },
    }[name];
  }
}
