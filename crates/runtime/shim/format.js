/**
 * Formats what is logged, much as Node's `util.inspect` does. Never throws, never runs long: depth and lengths are
 * bounded.
 */
import { withoutOwnFrames } from './errors.js';

const DEPTH = 3;
const ITEMS = 100;
const WIDTH = 72;
const TEXT = 10_000;

const plainKey = /^[A-Za-z_$][\w$]*$/;

function quoted(text) {
  const cut = text.length > TEXT ? `${text.slice(0, TEXT)}... ${text.length - TEXT} more characters` : text;
  const mark = !cut.includes("'") ? "'" : !cut.includes('"') ? '"' : '`';
  const body = JSON.stringify(cut).slice(1, -1).replaceAll('\\"', '"');
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
  const prototype = Object.getPrototypeOf(value);
  if (prototype === null) return '[Object: null prototype]';
  return prototype.constructor?.name || 'Object';
}

function joined(open, parts, close) {
  if (parts.length === 0) return open + close;
  const line = `${open} ${parts.join(', ')} ${close}`;
  if (line.length <= WIDTH && !line.includes('\n')) return line;
  return `${open}\n${parts.map((part) => '  ' + part.replaceAll('\n', '\n  ')).join(',\n')}\n${close}`;
}

function some(values, format) {
  const parts = [];
  let rest = 0;
  for (const value of values) {
    if (parts.length < ITEMS) parts.push(format(value));
    else rest++;
  }
  if (rest > 0) parts.push(`... ${rest} more item${rest > 1 ? 's' : ''}`);
  return parts;
}

function errorText(error, depth, seen) {
  const { stack } = error;
  let text = typeof stack === 'string' && stack !== '' ? withoutOwnFrames(stack) : `[${String(error)}]`;
  const own = Object.keys(error).filter((key) => key !== 'stack' && key !== 'message' && key !== 'name');
  const parts = some(own, (key) => `${key}: ${format(error[key], depth + 1, seen)}`);
  if (error.cause !== undefined && !own.includes('cause')) parts.push(`[cause]: ${format(error.cause, depth + 1, seen)}`);
  if (parts.length > 0) text += ' ' + joined('{', parts, '}');
  return text;
}

function properties(value, depth, seen) {
  return some(Object.keys(value), (key) => {
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    const text = descriptor?.get ? (descriptor.set ? '[Getter/Setter]' : '[Getter]') : format(value[key], depth + 1, seen);
    return `${plainKey.test(key) ? key : quoted(key)}: ${text}`;
  });
}

function container(value, depth, seen) {
  const name = className(value);
  const deeper = (item) => format(item, depth + 1, seen);
  if (Array.isArray(value)) {
    const open = name === 'Array' ? '[' : `${name}(${value.length}) [`;
    return joined(open, some(value, deeper), ']');
  }
  if (value instanceof Map) {
    return joined(`Map(${value.size}) {`, some(value, ([key, item]) => `${deeper(key)} => ${deeper(item)}`), '}');
  }
  if (value instanceof Set) return joined(`Set(${value.size}) {`, some(value, deeper), '}');
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return joined(`${name}(${value.length}) [`, some(value, deeper), ']');
  }
  if (value instanceof ArrayBuffer) return `ArrayBuffer { byteLength: ${value.byteLength} }`;
  const open = name === 'Object' ? '{' : `${name} {`;
  return joined(open, properties(value, depth, seen), '}');
}

function format(value, depth, seen) {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return primitive(value);
  try {
    if (typeof value === 'function') {
      const kind = /^class\b/.test(Function.prototype.toString.call(value)) ? 'class' : className(value);
      if (kind === 'class') return `[class ${value.name || '(anonymous)'}]`;
      return value.name ? `[${kind}: ${value.name}]` : `[${kind} (anonymous)]`;
    }
    if (value instanceof Date) return Number.isNaN(+value) ? 'Invalid Date' : value.toISOString();
    if (value instanceof RegExp) return String(value);
    if (value instanceof Promise) return 'Promise { ... }';
    if (seen.includes(value)) return '[Circular]';
    if (value instanceof Error) return errorText(value, depth, [...seen, value]);
    if (depth >= DEPTH) return Array.isArray(value) ? '[Array]' : `[${className(value)}]`;
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
          try {
            return String(JSON.stringify(value));
          } catch {
            return '[Circular]';
          }
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
