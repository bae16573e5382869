// Rebuilds values from the binary form. The bytes come from this module's other half or from a validated record, so
// that what is checked here is only what would otherwise do harm quietly.

import * as intrinsics from './intrinsics.js';
import * as tags from './format.js';
import { Input } from './input.js';

const { classes, defineProperty, mapSet, setAdd } = intrinsics;
const { objectPrototype, arrayPrototype } = intrinsics;
const { ArrayBuffer, BigInt, Error, Uint8Array } = classes;

/** The state of one decoding. */
export class Decoder {
  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.input = new Input(bytes);
    this.objects = [];
  }

  /** The value. */
  decode() {
    if (this.input.byte() !== tags.VERSION) throw new Error('A recorded value has an unknown version');
    return this.node();
  }

  node() {
    const { input } = this;
    const tag = input.byte();
    switch (tag) {
      case tags.UNDEFINED:
        return undefined;
      case tags.NULL:
        return null;
      case tags.FALSE:
        return false;
      case tags.TRUE:
        return true;
      case tags.INT:
        return input.int();
      case tags.FLOAT:
        return input.float();
      case tags.TEXT:
      case tags.WIDE:
        return input.string(tag);
      case tags.BIGINT:
        return bigint(input);
      case tags.REFERENCE:
        return this.objects[input.number()];
      default:
        return this.object(tag);
    }
  }

  /** Objects are numbered before anything in them is read, so that a cycle finds them. */
  object(tag) {
    const read = readers[tag];
    if (read === undefined) throw new Error('A recorded value is damaged');
    const number = this.objects.length;
    this.objects[number] = undefined;
    return read(this, this.input, number);
  }

  /** Gives an object its number. */
  keep(number, object) {
    this.objects[number] = object;
    return object;
  }

  /** Reads properties into an object. */
  properties(object, prototype) {
    const count = this.input.number();
    for (let i = 0; i < count; i++) set(object, this.input.taggedString(), this.node(), prototype);
    return object;
  }
}

/** Sets an own property, whatever its name and whatever a prototype has under that name. */
function set(object, name, value, prototype) {
  // Assigning is faster, but would call a setter.
  if (name in prototype) defineProperty(object, name, property(value, true));
  else object[name] = value;
}

/** A descriptor that takes nothing from a patched `Object.prototype`. */
function property(value, enumerable) {
  return { __proto__: null, value, enumerable, configurable: true, writable: true };
}

const HEX = '0123456789abcdef';

function bigint(input) {
  const negative = input.byte() === 1;
  const length = input.number();
  const start = input.skip(length);
  if (length === 0) return 0n;
  let hex = '';
  for (let i = start + length - 1; i >= start; i--) {
    const byte = input.bytes[i];
    hex += HEX[byte >> 4] + HEX[byte & 15];
  }
  const magnitude = BigInt(`0x${hex}`);
  return negative ? -magnitude : magnitude;
}

const readers = [];

readers[tags.OBJECT] = (decoder, _input, number) => decoder.properties(decoder.keep(number, {}), objectPrototype);

readers[tags.ARRAY] = (decoder, input, number) => {
  const length = input.number();
  const array = decoder.keep(number, []);
  for (let i = 0; i < length; i++) set(array, i, decoder.node(), arrayPrototype);
  return array;
};

readers[tags.SPARSE_ARRAY] = (decoder, input, number) => {
  const array = decoder.keep(number, []);
  array.length = input.number();
  return decoder.properties(array, arrayPrototype);
};

readers[tags.MAP] = (decoder, input, number) => {
  const map = decoder.keep(number, new classes.Map());
  const count = input.number();
  for (let i = 0; i < count; i++) {
    const key = decoder.node();
    mapSet(map, key, decoder.node());
  }
  return map;
};

readers[tags.SET] = (decoder, input, number) => {
  const made = decoder.keep(number, new classes.Set());
  const count = input.number();
  for (let i = 0; i < count; i++) setAdd(made, decoder.node());
  return made;
};

readers[tags.DATE] = (decoder, input, number) => decoder.keep(number, new classes.Date(input.float()));

readers[tags.REGEXP] = (decoder, input, number) => {
  const source = input.taggedString();
  return decoder.keep(number, new classes.RegExp(source, input.taggedString()));
};

readers[tags.ERROR] = (decoder, input, number) => {
  const known = intrinsics.errorClasses[input.byte()] ?? intrinsics.errorClasses[0];
  const name = known[0];
  const Class = known[1];
  const message = input.optionalString();
  const error = decoder.keep(number, message === undefined ? new Class() : new Class(message));
  const header = message ? `${name}: ${message}` : name;
  defineProperty(error, 'stack', property(input.optionalString() ?? header, false));
  if (input.byte() === 1) defineProperty(error, 'cause', property(decoder.node(), false));
  return error;
};

readers[tags.DOM_EXCEPTION] = (decoder, input, number) => {
  const name = input.taggedString();
  const error = decoder.keep(number, new classes.DOMException(input.taggedString(), name));
  const stack = input.optionalString();
  if (stack !== undefined) defineProperty(error, 'stack', property(stack, false));
  return error;
};

readers[tags.BOXED] = (decoder, _input, number) => {
  const primitive = decoder.node();
  return decoder.keep(number, classes.Object(primitive));
};

readers[tags.BUFFER] = (decoder, input, number) => {
  const largest = input.number();
  const bytes = input.blob();
  const options = { __proto__: null, maxByteLength: largest - 1 };
  const buffer = largest === 0 ? intrinsics.typedArrayBuffer(bytes) : new ArrayBuffer(bytes.length, options);
  if (largest !== 0) intrinsics.bytesSet(new Uint8Array(buffer), bytes);
  return decoder.keep(number, buffer);
};

readers[tags.VIEW] = (decoder, input, number) => {
  const known = intrinsics.viewClasses[input.byte()];
  const View = known?.[1];
  if (View === undefined) throw new Error(`This runtime has no ${known?.[0] ?? 'view of this kind'}`);
  const bytes = input.blob();
  return decoder.keep(number, new View(intrinsics.typedArrayBuffer(bytes), 0, bytes.length / known[2]));
};

readers[tags.HEADERS] = (decoder, input, number) => {
  const headers = new classes.Headers();
  const count = input.number();
  for (let i = 0; i < count; i++) {
    const name = input.taggedString();
    intrinsics.headersAppend(headers, name, input.taggedString());
  }
  return decoder.keep(number, headers);
};

readers[tags.REQUEST] = (decoder, _input, number) => {
  const { url, method, headers, redirect, body, cf } = decoder.node();
  const options = { __proto__: null, method, headers, redirect, body, cf };
  return decoder.keep(number, new classes.Request(url, options));
};

readers[tags.BLOB] = (decoder, input, number) => {
  const type = input.taggedString();
  return decoder.keep(number, new classes.Blob([input.blob()], { __proto__: null, type }));
};

/** Each decoding gives a stream of its own, as each call of the original's recorded step does. */
readers[tags.STREAM] = (decoder, input, number) =>
  decoder.keep(number, intrinsics.responseBody(new classes.Response(input.blob())));
