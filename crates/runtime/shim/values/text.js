// The fast path: values that JSON carries without loss, written while they are being looked at. Nothing else is asked
// of a value than its type, its prototype and its keys, and each property is read once.

import * as intrinsics from './intrinsics.js';
import { MAX_TEXT_DEPTH } from './format.js';

const { isArray, stringify, isWellFormed, getPrototypeOf, keys, create, setAdd, setHas } = intrinsics;
const { objectPrototype, arrayPrototype } = intrinsics;
const { Set } = intrinsics.classes;

/** Keys are few and come again: each is quoted once. */
let quotedKeys = create(null);
let quotedKeyCount = 0;
const MAX_QUOTED_KEYS = 1000;

/** The objects of the value at hand: a short list, then a set. A second meeting is a cycle or a shared reference. */
const NEAR = 8;
const near = [null, null, null, null, null, null, null, null];
let nearCount = 0;
let far;

/**
 * JSON text, or undefined if the value is not plain. A walk sees no difference between an object and a Proxy of it:
 * the caller must still ask `isOpaque` (refusals.js) of every value that is an object.
 * @param {unknown} value
 * @returns {string | undefined}
 */
export function plainText(value) {
  nearCount = 0;
  far = undefined;
  try {
    return textOf(value, 0);
  } finally {
    for (let i = 0; i < nearCount; i++) near[i] = null;
    far = undefined;
  }
}

function textOf(value, depth) {
  switch (typeof value) {
    case 'string':
      return isWellFormed(value) ? stringify(value) : undefined;
    case 'number':
      if (value === 0) return 1 / value > 0 ? '0' : undefined;
      // What is left of NaN and of the infinities is NaN.
      return value - value === 0 ? `${value}` : undefined;
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      break;
    default:
      return undefined;
  }
  if (depth >= MAX_TEXT_DEPTH || met(value)) return undefined;
  if (isArray(value)) return arrayText(value, depth + 1);
  return getPrototypeOf(value) === objectPrototype ? objectText(value, depth + 1) : undefined;
}

/** Whether this object has been met in this value; it has now. */
function met(object) {
  for (let i = 0; i < nearCount; i++) if (near[i] === object) return true;
  if (nearCount < NEAR) {
    near[nearCount++] = object;
    return false;
  }
  far ??= new Set();
  if (setHas(far, object)) return true;
  setAdd(far, object);
  return false;
}

function objectText(object, depth) {
  const names = keys(object);
  let text = '{';
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    const key = quotedKeys[name] ?? quote(name);
    // JSON.parse and object literals disagree about this one.
    if (key === undefined || name === '__proto__') return undefined;
    const value = textOf(object[name], depth);
    if (value === undefined) return undefined;
    text += (i === 0 ? '' : ',') + key + value;
  }
  return text + '}';
}

function quote(name) {
  if (!isWellFormed(name)) return undefined;
  const quoted = `${stringify(name)}:`;
  if (name.length <= 40) {
    if (quotedKeyCount++ >= MAX_QUOTED_KEYS) {
      quotedKeys = create(null);
      quotedKeyCount = 0;
    }
    quotedKeys[name] = quoted;
  }
  return quoted;
}

function arrayText(array, depth) {
  const { length } = array;
  // Neither gaps nor own properties: as many keys as elements, and the last key is the last element's.
  const names = keys(array);
  if (names.length !== length || getPrototypeOf(array) !== arrayPrototype) return undefined;
  if (length === 0) return '[]';
  if (names[length - 1] !== `${length - 1}`) return undefined;
  let text = '[';
  for (let i = 0; i < length; i++) {
    const item = textOf(array[i], depth);
    if (item === undefined) return undefined;
    text += i === 0 ? item : ',' + item;
  }
  return text + ']';
}
