// Reads the smallest parts of the binary form.

import * as intrinsics from './intrinsics.js';
import { TEXT, UNDEFINED, WIDE } from './format.js';

const { classes, fromUtf8, fromCharCode, bytesSet, reflectApply } = intrinsics;
const { Uint8Array, DataView, Error } = classes;
const dataViewGetFloat64 = Function.prototype.call.bind(DataView.prototype.getFloat64);

const floatBytes = new Uint8Array(8);
const floatView = new DataView(intrinsics.typedArrayBuffer(floatBytes));
const UNITS_AT_ONCE = 4096;

export class Input {
  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  byte() {
    if (this.at >= this.bytes.length) throw new Error('A recorded value is cut off');
    return this.bytes[this.at++];
  }

  /** An unsigned LEB128 number. */
  number() {
    let number = 0;
    for (let factor = 1; factor < 2 ** 56; factor *= 128) {
      const byte = this.byte();
      number += (byte & 0x7f) * factor;
      if (byte < 0x80) return number;
    }
    throw new Error('A recorded value is damaged');
  }

  /** A zigzag LEB128 number of 32 bits. */
  int() {
    const zigzag = this.number();
    return (zigzag >>> 1) ^ -(zigzag & 1);
  }

  float() {
    for (let i = 0; i < 8; i++) floatBytes[i] = this.byte();
    return dataViewGetFloat64(floatView, 0, true);
  }

  /** A length and as many bytes: a copy of them. */
  blob() {
    const start = this.skip(this.number());
    const copy = new Uint8Array(this.at - start);
    bytesSet(copy, this.view(start, copy.length));
    return copy;
  }

  /** These bytes, not copied. */
  view(start, length) {
    const offset = intrinsics.typedArrayOffset(this.bytes) + start;
    return new Uint8Array(intrinsics.typedArrayBuffer(this.bytes), offset, length);
  }

  /** Goes past so many bytes; returns where they begin. */
  skip(length) {
    const start = this.at;
    if (length > this.bytes.length - start) throw new Error('A recorded value is cut off');
    this.at += length;
    return start;
  }

  /** What follows a string's tag. */
  string(tag) {
    const length = this.number();
    if (tag === WIDE) return this.wide(length);
    if (tag !== TEXT) throw new Error('A recorded value is damaged');
    const start = this.skip(length);
    if (length < 24) {
      let text = '';
      for (let i = start; i < this.at; i++) {
        const byte = this.bytes[i];
        if (byte > 0x7f) return this.utf8(start, length);
        text += fromCharCode(byte);
      }
      return text;
    }
    return this.utf8(start, length);
  }

  utf8(start, length) {
    return fromUtf8(this.view(start, length));
  }

  wide(length) {
    let at = this.skip(length * 2);
    let text = '';
    while (at < this.at) {
      const units = [];
      for (; at < this.at && units.length < UNITS_AT_ONCE; at += 2) {
        units[units.length] = this.bytes[at] | (this.bytes[at + 1] << 8);
      }
      text += reflectApply(fromCharCode, undefined, units);
    }
    return text;
  }

  /** A string, tag and all. */
  taggedString() {
    return this.string(this.byte());
  }

  /** A string or undefined. */
  optionalString() {
    const tag = this.byte();
    return tag === UNDEFINED ? undefined : this.string(tag);
  }
}
