/**
 * `console.*` inside a run goes to the engine, with the step that wrote it; outside it goes where it always went.
 */
import { formatLog } from './format.js';
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

const MAX_LINE = 256 * 1024;

/** Puts the attributing console methods in place. */
export function installConsole() {
  const { console } = globalThis;
  for (const [name, level] of Object.entries(LEVELS)) {
    const original = console[name];
    if (typeof original !== 'function') continue;
    console[name] = {
      [name](...values) {
        const scope = currentScope();
        if (scope === undefined || !scope.run.attached) return original.apply(console, values);
        let text;
        try {
          text = formatLog(name === 'dir' ? values.slice(0, 1) : values);
        } catch (error) {
          text = `(a line that could not be formatted: ${error?.message})`;
        }
        if (text.length > MAX_LINE) text = `${text.slice(0, MAX_LINE)}... ${text.length - MAX_LINE} more characters`;
        scope.run.log(level, scope.step, text);
        return undefined;
      },
    }[name];
  }
}
