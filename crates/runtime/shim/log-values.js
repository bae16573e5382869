/**
 * What is logged as JSON, as the runtime gives it to a tail Worker: what JSON can say is said so, anything else by its
 * text.
 */
import { inspect } from './format.js';
import { apply, JSONStringify, quote } from './intrinsics.js';

const { getPrototypeOf, prototype: plain } = Object;
const { isArray } = Array;
const text = String;

// Most arguments of one line.
const MOST = 100;

// What the replacer throws when it has seen enough.
const ENOUGH = {};

/**
 * @param {unknown[]} values
 * @param {number} limit how many characters the JSON may have, or little more
 * @returns {string} the JSON text of an array
 */
export function messageOf(values, limit) {
  let json = '';
  for (let i = 0; i < values.length; i++) {
    const left = limit - json.length;
    if (i === MOST || left <= 0) {
      const rest = values.length - i;
      json += `,${quote(`... ${rest} more argument${rest > 1 ? 's' : ''}`)}`;
      break;
    }
    json += (i > 0 ? ',' : '') + valueOf(values[i], left);
  }
  return `[${json}]`;
}

function valueOf(value, limit) {
  try {
    switch (typeof value) {
      case 'string':
        return cut(value, limit);
      case 'number':
      case 'boolean':
      case 'undefined':
        return JSONStringify(value) ?? 'null';
      case 'symbol':
        return '{}';
      case 'object':
        if (value === null || isPlain(value)) return jsonOf(value, limit);
        break;
      default:
    }
    return cut(text(value), limit);
  } catch {
    return '{}';
  }
}

function isPlain(value) {
  if (isArray(value) || typeof value.toJSON === 'function') return true;
  const prototype = getPrototypeOf(value);
  return prototype === null || prototype === plain;
}

// Written at once, since a replacer can stop it: an object may be endless.
function jsonOf(value, limit) {
  let left = limit;
  const counting = (key, item) => {
    left -= key.length + (typeof item === 'string' ? item.length : 4);
    if (left < 0) throw ENOUGH;
    return item;
  };
  try {
    return JSONStringify(value, counting) ?? 'null';
  } catch (error) {
    if (error !== ENOUGH) throw error;
    return cut(`${inspect(value)} (cut: it is larger than ${limit} characters)`, limit);
  }
}

function cut(value, limit) {
  if (value.length <= limit) return quote(value);
  return quote(`${value.slice(0, limit)}... ${value.length - limit} more characters`);
}
