// A byte buffer that grows, and the smallest parts of the binary form.

import * as intrinsics from './intrinsics.js';
import { TEXT, WIDE } from './format.js';

const { classes, bytesSet, bytesCopyWithin, encodeInto, charCodeAt, isWellFormed } = intrinsics;
const { ArrayBuffer, DataView, Uint8Array } = classes;
const dataViewSetFloat64 = Function.prototype.call.bind(DataView.prototype.setFloat64);

/** Kept for the next value unless it has grown large. */
const KEEP = 64 * 1024;
let spare = new Uint8Array(4096);

/** Eight bytes of a number, little-endian. */
const floatBytes = new Uint8Array(8);
const floatView = new DataView(intrinsics.typedArrayBuffer(floatBytes));

export class Output {
  constructor() {
    // An encoding never runs inside another one, but a getter of user code could start one.
    this.bytes = spare ?? new Uint8Array(4096);
    spare = undefined;
    this.length = 0;
  }

  /** The bytes written. The output must not be used after this. */
  finish() {
    // Not `slice`, which would ask the patchable `constructor`.
    const result = new Uint8Array(this.length);
    bytesSet(result, new Uint8Array(intrinsics.typedArrayBuffer(this.bytes), 0, this.length));
    this.release();
    return result;
  }

  /** Gives the buffer back. */
  release() {
    if (this.bytes.length <= KEEP) spare = this.bytes;
  }

  /** Makes room for so many more bytes. */
  reserve(count) {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    let size = this.bytes.length * 2;
    while (size < needed) size *= 2;
    const larger = new Uint8Array(new ArrayBuffer(size));
    bytesSet(larger, this.bytes);
    this.bytes = larger;
  }

  byte(byte) {
    if (this.length === this.bytes.length) this.reserve(1);
    this.bytes[this.length++] = byte;
  }

  /** An unsigned LEB128 number. */
  number(number) {
    this.reserve(8);
    let rest = number;
    // Beyond 32 bits the bit operators would cut it off.
    while (rest >= 0x80000000) {
      this.bytes[this.length++] = (rest % 128) | 0x80;
      rest = (rest - (rest % 128)) / 128;
    }
    while (rest >= 0x80) {
      this.bytes[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.length++] = rest;
  }

  /** A zigzag LEB128 number of 32 bits. */
  int(number) {
    this.number(((number << 1) ^ (number >> 31)) >>> 0);
  }

  float(number) {
    dataViewSetFloat64(floatView, 0, number, true);
    this.raw(floatBytes);
  }

  /** Bytes as they are. */
  raw(bytes) {
    this.reserve(bytes.length);
    bytesSet(this.bytes, bytes, this.length);
    this.length += bytes.length;
  }

  /** A length and as many bytes. */
  blob(bytes) {
    this.number(bytes.length);
    this.raw(bytes);
  }

  /** A string's node. */
  string(text) {
    if (!isWellFormed(text)) {
      this.byte(WIDE);
      this.number(text.length);
      this.reserve(text.length * 2);
      for (let i = 0; i < text.length; i++) {
        const unit = charCodeAt(text, i);
        this.bytes[this.length++] = unit & 0xff;
        this.bytes[this.length++] = unit >> 8;
      }
      return;
    }
    this.byte(TEXT);
    if (text.length < 43) {
      // At most three bytes a unit, so the length takes one byte.
      this.reserve(130);
      const at = this.length++;
      for (let i = 0; i < text.length; i++) {
        const unit = charCodeAt(text, i);
        if (unit > 0x7f) {
          this.length = at + 1;
          this.utf8(text, at);
          return;
        }
        this.bytes[this.length++] = unit;
      }
      this.bytes[at] = text.length;
      return;
    }
    this.reserve(8 + text.length * 3);
    const start = this.length;
    // Write behind the longest length there may be, then close the gap.
    this.number(text.length * 3);
    const room = this.length;
    const { written } = encodeInto(text, new Uint8Array(intrinsics.typedArrayBuffer(this.bytes), room));
    this.length = start;
    this.number(written);
    if (this.length !== room) bytesCopyWithin(this.bytes, this.length, room, room + written);
    this.length += written;
  }

  /** A short string's UTF-8; its length goes to `at`. */
  utf8(text, at) {
    const { written } = encodeInto(text, new Uint8Array(intrinsics.typedArrayBuffer(this.bytes), this.length));
    this.bytes[at] = written;
    this.length += written;
  }
}
