/**
 * Formats what is logged, much as Node's `util.inspect` does. Never throws, never runs long: depth and lengths are
 * bounded.
 */
import { withoutOwnFrames } from './errors.js';
import { apply, JSONStringify } from './intrinsics.js';
import { messageOf } from './log-values.js';

const DEPTH = 3;
const ITEMS = 100;
const WIDTH = 72;
const TEXT = 10_000;
// What one value may cost in all, about the characters of its text: lists of lists of lists add up.
const COST = 262_144;
const COST_OF_ONE = 16;

const { getOwnPropertyDescriptor, getPrototypeOf, keys: keysOf } = Object;
const { isArray } = Array;
const sourceOf = Function.prototype.toString;
// Iterators that user code cannot lengthen.
const entriesOf = Map.prototype.entries;
const valuesOf = Set.prototype.values;

let left = 0;

const plainKey = /^[A-Za-z_$][\w$]*$/;

function quoted(text) {
  left -= Math.min(text.length, TEXT);
  const cut = text.length > TEXT ? `${text.slice(0, TEXT)}... ${text.length - TEXT} more characters` : text;
  const mark = !cut.includes("'") ? "'" : !cut.includes('"') ? '"' : '`';
  const body = JSONStringify(cut).slice(1, -1).replaceAll('\\"', '"');
  return mark + (mark === "'" ? body.replaceAll("'", "\\'") : body) + mark;
}

function primitive(value) {
  switch (typeof value) {
    case 'string':
      return quoted(value);
    case 'bigint':
      return `${value}n`;
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    default:
      return String(value);
  }
}

function className(value) {
  const prototype = getPrototypeOf(value);
  if (prototype === null) return '[Object: null prototype]';
  return prototype.constructor?.name || 'Object';
}

function joined(open, parts, close) {
  if (parts.length === 0) return open + close;
  const line = `${open} ${parts.join(', ')} ${close}`;
  if (line.length <= WIDTH && !line.includes('\n')) return line;
  return `${open}\n${parts.map((part) => '  ' + part.replaceAll('\n', '\n  ')).join(',\n')}\n${close}`;
}

// The first items of something with a length, by index.
function some(values, format) {
  const { length } = values;
  const parts = [];
  for (let i = 0; i < length && i < ITEMS; i++) parts.push(format(values[i]));
  return more(parts, length);
}

// The first items of an iterator over `size` items.
function someOf(iterator, size, format) {
  const parts = [];
  for (const item of iterator) {
    if (parts.length === ITEMS) break;
    parts.push(format(item));
  }
  return more(parts, size);
}

function more(parts, size) {
  const rest = size - parts.length;
  if (rest > 0) parts.push(`... ${rest} more item${rest > 1 ? 's' : ''}`);
  return parts;
}

function errorText(error, depth, seen) {
  const { stack } = error;
  let text = typeof stack === 'string' && stack !== '' ? withoutOwnFrames(stack) : `[${String(error)}]`;
  const own = keysOf(error).filter((key) => key !== 'stack' && key !== 'message' && key !== 'name');
  const parts = some(own, (key) => `${key}: ${format(error[key], depth + 1, seen)}`);
  if (error.cause !== undefined && !own.includes('cause')) parts.push(`[cause]: ${format(error.cause, depth + 1, seen)}`);
  if (parts.length > 0) text += ' ' + joined('{', parts, '}');
  return text;
}

function properties(value, depth, seen) {
  return some(keysOf(value), (key) => {
    const descriptor = getOwnPropertyDescriptor(value, key);
    const text = descriptor?.get ? (descriptor.set ? '[Getter/Setter]' : '[Getter]') : format(value[key], depth + 1, seen);
    return `${plainKey.test(key) ? key : quoted(key)}: ${text}`;
  });
}

function container(value, depth, seen) {
  const name = className(value);
  const deeper = (item) => format(item, depth + 1, seen);
  if (isArray(value)) {
    const open = name === 'Array' ? '[' : `${name}(${value.length}) [`;
    return joined(open, some(value, deeper), ']');
  }
  if (value instanceof Map) {
    return joined(
      `Map(${value.size}) {`,
      someOf(apply(entriesOf, value, []), value.size, ([key, item]) => `${deeper(key)} => ${deeper(item)}`),
      '}',
    );
  }
  if (value instanceof Set) return joined(`Set(${value.size}) {`, someOf(apply(valuesOf, value, []), value.size, deeper), '}');
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return joined(`${name}(${value.length}) [`, some(value, deeper), ']');
  }
  if (value instanceof ArrayBuffer) return `ArrayBuffer { byteLength: ${value.byteLength} }`;
  const open = name === 'Object' ? '{' : `${name} {`;
  return joined(open, properties(value, depth, seen), '}');
}

function format(value, depth, seen) {
  left -= COST_OF_ONE;
  if (left < 0) return '...';
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return primitive(value);
  try {
    if (typeof value === 'function') {
      const kind = /^class\b/.test(apply(sourceOf, value, [])) ? 'class' : className(value);
      if (kind === 'class') return `[class ${value.name || '(anonymous)'}]`;
      return value.name ? `[${kind}: ${value.name}]` : `[${kind} (anonymous)]`;
    }
    if (value instanceof Date) return Number.isNaN(+value) ? 'Invalid Date' : value.toISOString();
    if (value instanceof RegExp) return String(value);
    if (value instanceof Promise) return 'Promise { ... }';
    if (seen.includes(value)) return '[Circular]';
    if (value instanceof Error) return errorText(value, depth, [...seen, value]);
    if (depth >= DEPTH) return isArray(value) ? '[Array]' : `[${className(value)}]`;
    return container(value, depth, [...seen, value]);
  } catch {
    return '[object]';
  }
}

/**
 * One value as text.
 *
 * @param {unknown} value
 * @returns {string}
 */
export function inspect(value) {
  left = COST;
  return format(value, 0, []);
}

/**
 * The arguments of a `console.log` as text: `%s`, `%d`, `%i`, `%f`, `%j`, `%o`, `%O`, `%c` and `%%` in the first one
 * are served, strings stand as they are, the rest is inspected.
 *
 * @param {unknown[]} values
 * @returns {string}
 */
export function formatLog(values) {
  let next = 0;
  let text = '';
  if (typeof values[0] === 'string') {
    next = 1;
    text = values[0].replace(/%[sdifjoOc%]/g, (mark) => {
      if (mark === '%%') return '%';
      if (next >= values.length) return mark;
      const value = values[next++];
      switch (mark) {
        case '%s':
          return typeof value === 'string' ? value : inspect(value);
        case '%d':
          return typeof value === 'bigint' ? `${value}n` : String(typeof value === 'symbol' ? NaN : Number(value));
        case '%i':
          return typeof value === 'bigint' ? `${value}n` : String(Number.parseInt(value, 10));
        case '%f':
          return String(Number.parseFloat(value));
        case '%c':
          return '';
        case '%j':
          return messageOf([value], TEXT).slice(1, -1);
        default:
          return inspect(value);
      }
    });
  }
  for (let i = next; i < values.length; i++) {
    const value = values[i];
    text += (i > 0 ? ' ' : '') + (typeof value === 'string' ? value : inspect(value));
  }
  return text;
}
