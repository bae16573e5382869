/**
 * A line that user code logs in a run: made in the forms that somebody wants, within bounds, and sent. What is logged
 * may be hostile; it never throws into the code that logs it.
 */
import { formatLog } from './format.js';
import { quote } from './intrinsics.js';
import { messageOf } from './log-values.js';

// Bits of what is wanted.
const TEXT = 1;
const VALUES = 2;

// Those of crates/core/src/limits.rs.
const MAX_LINE = 128 * 1024;
const MAX_RUN = 16 * 1024 * 1024;

const CUT = `(This run has logged more than ${MAX_RUN} characters: its further lines are not shown.)`;

// A getter or a `toJSON` of what is logged may log: that would not end.
let busy = false;

/**
 * @param {{run: import('./run.js').Run, step: string | null, attempt: number | null}} scope
 * @param {string} level
 * @param {unknown[]} values what was logged
 */
export function logLine(scope, level, values) {
  const { run } = scope;
  if (busy || run.logged > MAX_RUN) return;
  busy = true;
  try {
    const text = run.logs & TEXT ? quote(textOf(values)) : 'null';
    const message = run.logs & VALUES ? messageOf(values, MAX_LINE) : 'null';
    run.logged += text.length + message.length;
    send(scope, level, text, message);
    if (run.logged > MAX_RUN) {
      const note = quote(CUT);
      send(scope, 'warn', run.logs & TEXT ? note : 'null', run.logs & VALUES ? `[${note}]` : 'null');
    }
  } catch {
    // The stack is used up, most likely.
  } finally {
    busy = false;
  }
}

function send({ run, step, attempt }, level, text, message) {
  run.turn.message(`["log","${level}",${step === null ? 'null,null' : `${quote(step)},${attempt}`},${text},${message}]`);
}

function textOf(values) {
  let text;
  try {
    text = formatLog(values);
  } catch {
    return '(a line that could not be formatted)';
  }
  return text.length > MAX_LINE ? `${text.slice(0, MAX_LINE)}... ${text.length - MAX_LINE} more characters` : text;
}
