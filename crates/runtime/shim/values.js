// The recorded form of values: what a step returned, an event's payload, params. The format, and the reason for each
// of its parts, is in crates/core/src/value/mod.rs. What is accepted, refused and fatal is what workerd's own engine
// accepts, refuses and takes for fatal (the table in crates/runtime/tests/fixtures/values/table.md is generated).
//
// Errors as values lose their own fields and any name that is not one of the language's classes, as they do in the
// original; they keep message, stack and cause.

import * as intrinsics from './values/intrinsics.js';
import { UNDEFINED, VERSION } from './values/format.js';
import { Decoder } from './values/decode.js';
import { Encoder } from './values/encode.js';
import { readBytes } from './values/platform.js';
import { fatal, hasOpaque, Unserialisable } from './values/refusals.js';
import { encodedSize } from './values/size.js';
import { encodeStream } from './values/streams.js';
import { plainText } from './values/text.js';

export { encodedSize, Unserialisable };

/** @typedef {string | Uint8Array} Encoded JSON text without a raw newline, or the binary form. */

const { Map, ReadableStream, Uint8Array } = intrinsics.classes;
const { isPrototypeOf, mapSet, parse } = intrinsics;

const NO_BODY = 'A Blob or a Request with a body cannot be recorded here.';

/**
 * Encodes a value. Getters of the value may be read more than once.
 * @param {unknown} value
 * @returns {Encoded}
 * @throws {Unserialisable} If it cannot be recorded, and whatever a getter throws.
 */
export function encode(value) {
  if (value === undefined) {
    const bytes = new Uint8Array(2);
    bytes[0] = VERSION;
    bytes[1] = UNDEFINED;
    return bytes;
  }
  const text = plainText(value);
  if (text !== undefined) {
    if (typeof value === 'object' && value !== null && hasOpaque(value)) throw fatal();
    return text;
  }
  const bytes = new Encoder(undefined).encode(value);
  if (bytes === undefined) {
    throw new Unserialisable(false, 'DataCloneError', NO_BODY);
  }
  return bytes;
}

/**
 * Encodes a value that may be a byte stream, or hold Blobs and Requests with bodies, which it reads. Gives a promise
 * only if there is something to read.
 * @param {unknown} value
 * @returns {Encoded | Promise<Encoded>}
 */
export function encodeAsync(value) {
  if (typeof value !== 'object' || value === null) return encode(value);
  if (isPrototypeOf(ReadableStream.prototype, value)) return encodeStream(value);
  const text = plainText(value);
  if (text !== undefined) {
    if (hasOpaque(value)) throw fatal();
    return text;
  }
  const encoder = new Encoder(undefined);
  return encoder.encode(value) ?? encodeBodies(value, encoder.missing);
}

async function encodeBodies(value, missing) {
  const bodies = new Map();
  let needed = missing;
  // More than once only if a getter gives another Blob than the time before.
  for (let rounds = 0; rounds < 3; rounds++) {
    for (let i = 0; i < needed.length; i++) mapSet(bodies, needed[i], await readBytes(needed[i]));
    const encoder = new Encoder(bodies);
    const bytes = encoder.encode(value);
    if (bytes !== undefined) return bytes;
    needed = encoder.missing;
  }
  throw new Unserialisable(false, 'DataCloneError', NO_BODY);
}

/**
 * Rebuilds a value. Each call gives a copy of its own.
 * @param {Encoded} encoded
 * @returns {any}
 */
export function decode(encoded) {
  return typeof encoded === 'string' ? parse(encoded) : new Decoder(encoded).decode();
}
