// What counts for the limits of 1 MiB; the same as `Value::raw_bytes_len` in crates/core.

import * as intrinsics from './intrinsics.js';
import * as tags from './format.js';
import { Input } from './input.js';

const { charCodeAt, utf8 } = intrinsics;
/** Longer text is measured by the platform's encoder, shorter by a loop. */
const SHORT = 256;

/**
 * How many bytes count for the limits: the recorded bytes, for binary data, streams and strings those of the data alone.
 * @param {string | Uint8Array} encoded
 * @returns {number}
 */
export function encodedSize(encoded) {
  if (typeof encoded === 'string') {
    const quotes = charCodeAt(encoded, 0) === 0x22 ? 2 : 0;
    return utf8Length(encoded) - quotes;
  }
  const input = new Input(encoded);
  input.byte();
  switch (input.byte()) {
    case tags.TEXT:
    case tags.STREAM:
      return input.number();
    case tags.WIDE:
      return input.number() * 2;
    case tags.BUFFER:
      input.number();
      return input.number();
    case tags.VIEW:
      input.byte();
      return input.number();
    case tags.BLOB:
      input.taggedString();
      return input.number();
    default:
      return encoded.length - 1;
  }
}

function utf8Length(text) {
  if (text.length > SHORT) return utf8(text).length;
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = charCodeAt(text, i);
    // Each half of a pair counts two of its four bytes.
    if (unit > 0x7f) length += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
  }
  return length;
}
