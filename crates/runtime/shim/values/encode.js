// The binary form of everything that the original accepts. Throws an Unserialisable for the rest: at once for what the
// original refuses while it walks the value, and after the walk for what is fatal, as the original finds that later.

import * as intrinsics from './intrinsics.js';
import * as tags from './format.js';
import { Output } from './output.js';
import * as platform from './platform.js';
import * as refusals from './refusals.js';

const { classes, isArray, isView, getPrototypeOf, getOwnPropertyDescriptor, hasOwn, keys } = intrinsics;
const { objectPrototype, isPrototypeOf, mapForEach, mapGet, mapSet, mapSize, setForEach, setSize } = intrinsics;
const { Uint8Array } = classes;

/** The state of one encoding. */
export class Encoder {
  /** @param {Map<object, Uint8Array> | undefined} bodies The bytes of the Blobs and Requests, where they are known. */
  constructor(bodies) {
    this.bodies = bodies;
    /** Blobs and Requests whose bytes are needed. */
    this.missing = [];
    this.out = new Output();
    /** @type {Map<object, number>} */
    this.numbers = new classes.Map();
    this.depth = 0;
    /** Whether there is an object of a kind that a Proxy could pass for. */
    this.plainSeen = false;
    this.fatal = false;
  }

  /**
   * The binary form of a value.
   * @returns {Uint8Array | undefined} Undefined if bytes are missing.
   */
  encode(value) {
    this.out.byte(tags.VERSION);
    this.node(value);
    const bytes = this.out.finish();
    // What is fatal already holds something that cannot be cloned: there is nothing more to learn.
    if (this.fatal || (this.plainSeen && refusals.hasOpaque(value))) throw refusals.fatal();
    return this.missing.length === 0 ? bytes : undefined;
  }

  node(value) {
    const { out } = this;
    switch (typeof value) {
      case 'undefined':
        return out.byte(tags.UNDEFINED);
      case 'boolean':
        return out.byte(value ? tags.TRUE : tags.FALSE);
      case 'number':
        return this.numberNode(value);
      case 'string':
        return out.string(value);
      case 'bigint':
        return this.bigint(value);
      case 'symbol':
        throw refusals.refusedSymbol(value);
      case 'function':
        this.fatal = true;
        return out.byte(tags.UNDEFINED);
      default:
        return value === null ? out.byte(tags.NULL) : this.object(value);
    }
  }

  numberNode(value) {
    // -0 is equal to 0, but has a sign that only division shows.
    if (value === (value | 0) && (value !== 0 || 1 / value > 0)) {
      this.out.byte(tags.INT);
      this.out.int(value);
    } else {
      this.out.byte(tags.FLOAT);
      this.out.float(value);
    }
  }

  bigint(value) {
    const hex = intrinsics.bigintToString(value < 0n ? -value : value, 16);
    const digits = value === 0n ? 0 : hex.length;
    this.out.byte(tags.BIGINT);
    this.out.byte(value < 0n ? 1 : 0);
    this.out.number((digits + 1) >> 1);
    for (let at = digits; at > 0; at -= 2) {
      const low = digit(hex, at - 1);
      this.out.byte(at > 1 ? digit(hex, at - 2) * 16 + low : low);
    }
  }

  object(value) {
    const number = mapGet(this.numbers, value);
    if (number !== undefined) {
      this.out.byte(tags.REFERENCE);
      this.out.number(number);
      return;
    }
    mapSet(this.numbers, value, mapSize(this.numbers));
    if (++this.depth > tags.MAX_DEPTH) throw refusals.refusedDepth();
    if (isArray(value)) this.array(value);
    else if (getPrototypeOf(value) === objectPrototype) this.plain(value);
    else if (isView(value)) this.view(value);
    else this.special(value);
    this.depth--;
  }

  /** The object's own enumerable properties with string keys. */
  plain(object) {
    this.plainSeen = true;
    const names = keys(object);
    this.out.byte(tags.OBJECT);
    this.out.number(names.length);
    for (let i = 0; i < names.length; i++) {
      this.out.string(names[i]);
      this.node(object[names[i]]);
    }
  }

  array(array) {
    this.plainSeen = true;
    const { length } = array;
    const names = keys(array);
    if (names.length === length && (length === 0 || names[length - 1] === `${length - 1}`)) {
      this.out.byte(tags.ARRAY);
      this.out.number(length);
      for (let i = 0; i < length; i++) this.node(array[i]);
      return;
    }
    this.out.byte(tags.SPARSE_ARRAY);
    this.out.number(length);
    this.out.number(names.length);
    for (let i = 0; i < names.length; i++) {
      this.out.string(names[i]);
      this.node(array[names[i]]);
    }
  }

  view(view) {
    const name = intrinsics.typedArrayClass(view) ?? 'DataView';
    const isDataView = name === 'DataView';
    const buffer = isDataView ? intrinsics.dataViewBuffer(view) : intrinsics.typedArrayBuffer(view);
    checkBuffer(buffer);
    let kind = 0;
    while (intrinsics.viewClasses[kind][0] !== name) kind++;
    const offset = isDataView ? intrinsics.dataViewOffset(view) : intrinsics.typedArrayOffset(view);
    const length = isDataView ? intrinsics.dataViewBytes(view) : intrinsics.typedArrayBytes(view);
    this.out.byte(tags.VIEW);
    this.out.byte(kind);
    this.out.blob(new Uint8Array(buffer, offset, length));
  }

  /** Objects that are known by their prototype. What only looks like one of them is refused. */
  special(value) {
    for (let i = 0; i < special.length; i++) {
      // By index: destructuring would ask the patchable iterator of arrays.
      if (!isPrototypeOf(special[i][0], value)) continue;
      const write = special[i][1];
      if (write(this, value) === refused) break;
      return;
    }
    throw refusals.refusedObject(value);
  }
}

const refused = {};
const isFatal = (encoder) => {
  encoder.fatal = true;
  encoder.out.byte(tags.NULL);
};

/** Whether this is an object of the class with this brand, and not one that only inherits from its prototype. */
function branded(check, value) {
  try {
    check(value);
    return true;
  } catch {
    return false;
  }
}

function map(encoder, value) {
  if (!branded(mapSize, value)) return refused;
  encoder.out.byte(tags.MAP);
  encoder.out.number(mapSize(value));
  mapForEach(value, (item, key) => {
    encoder.node(key);
    encoder.node(item);
  });
}

function set(encoder, value) {
  if (!branded(setSize, value)) return refused;
  encoder.out.byte(tags.SET);
  encoder.out.number(setSize(value));
  setForEach(value, (item) => encoder.node(item));
}

function date(encoder, value) {
  if (!branded(intrinsics.dateGetTime, value)) return refused;
  encoder.out.byte(tags.DATE);
  encoder.out.float(intrinsics.dateGetTime(value));
}

function regexp(encoder, value) {
  if (!branded(intrinsics.regexpFlags[0][1], value)) return refused;
  let flags = '';
  for (let i = 0; i < intrinsics.regexpFlags.length; i++) {
    if (intrinsics.regexpFlags[i][1](value)) flags += intrinsics.regexpFlags[i][0];
  }
  encoder.out.byte(tags.REGEXP);
  encoder.out.string(intrinsics.regexpSource(value));
  encoder.out.string(flags);
}

function checkBuffer(buffer) {
  if (isPrototypeOf(intrinsics.sharedBufferPrototype, buffer)) throw refusals.refusedShared();
  if (intrinsics.bufferDetached(buffer)) throw refusals.refusedDetached();
}

function buffer(encoder, value) {
  if (!branded(intrinsics.bufferBytes, value)) return refused;
  checkBuffer(value);
  encoder.out.byte(tags.BUFFER);
  encoder.out.number(intrinsics.bufferResizable(value) ? intrinsics.bufferMaxBytes(value) + 1 : 0);
  encoder.out.blob(new Uint8Array(value));
}

function boxed(read) {
  return (encoder, value) => {
    if (!branded(read, value)) return refused;
    encoder.out.byte(tags.BOXED);
    encoder.node(read(value));
  };
}

/** As structured clone: a native class by the error's `name`, its message, stack and cause; nothing else. */
function error(encoder, value) {
  if (!intrinsics.isError(value)) return refused;
  const { out } = encoder;
  const name = `${value.name}`;
  let kind = intrinsics.errorClasses.length - 1;
  while (kind > 0 && intrinsics.errorClasses[kind][0] !== name) kind--;
  const message = getOwnPropertyDescriptor(value, 'message')?.value;
  out.byte(tags.ERROR);
  out.byte(kind);
  if (message === undefined) out.byte(tags.UNDEFINED);
  else out.string(`${message}`);
  stack(encoder, value);
  out.byte(hasOwn(value, 'cause') ? 1 : 0);
  if (hasOwn(value, 'cause')) encoder.node(value.cause);
}

function stack(encoder, value) {
  const text = value.stack;
  if (typeof text === 'string') encoder.out.string(text);
  else encoder.out.byte(tags.UNDEFINED);
}

function domException(encoder, value) {
  encoder.out.byte(tags.DOM_EXCEPTION);
  encoder.out.string(`${value.name}`);
  encoder.out.string(`${value.message}`);
  stack(encoder, value);
}

/** The value of a hexadecimal digit. */
function digit(hex, at) {
  const code = intrinsics.charCodeAt(hex, at);
  return code < 0x3a ? code - 0x30 : code - 0x57;
}

/** By prototype; the first that fits is taken. */
const special = [
  [classes.Map.prototype, map],
  [classes.Set.prototype, set],
  [classes.Date.prototype, date],
  [classes.RegExp.prototype, regexp],
  [classes.DOMException.prototype, domException],
  [classes.Error.prototype, error],
  [classes.ArrayBuffer.prototype, buffer],
  [intrinsics.sharedBufferPrototype, (_encoder, value) => checkBuffer(value)],
  [classes.Boolean.prototype, boxed(intrinsics.booleanValue)],
  [classes.Number.prototype, boxed(intrinsics.numberValue)],
  [classes.String.prototype, boxed(intrinsics.stringValue)],
  [classes.BigInt.prototype, boxed(intrinsics.bigintValue)],
  [classes.Headers.prototype, platform.headers],
  [classes.Request.prototype, platform.request],
  [classes.File.prototype, () => refused],
  [classes.Blob.prototype, platform.blob],
  [classes.Response.prototype, isFatal],
  [classes.ReadableStream.prototype, isFatal],
  [classes.WritableStream.prototype, isFatal],
  [classes.RpcTarget.prototype, isFatal],
];
