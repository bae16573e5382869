/**
 * The wire form of the run channel (docs/internals/run-channel.md): lines of text, with values in the binary form
 * behind them.
 */
import { JSONParse } from './intrinsics.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

// Messages of the engine that are followed by a value.
const WITH_VALUE = new Set(['start', 'v', 'event']);

/**
 * Takes a frame apart.
 *
 * @param {string | ArrayBuffer} data
 * @returns {{run: number, messages: {message: any[], value?: string | Uint8Array}[]}}
 * @throws if the frame is malformed
 */
export function readFrame(data) {
  let text = data;
  let blobs = null;
  if (typeof data !== 'string') {
    const length = new DataView(data).getUint32(0, true);
    text = decoder.decode(new Uint8Array(data, 4, length));
    blobs = new Blobs(data, 4 + length);
  }
  const lines = text.split('\n');
  const messages = [];
  for (let i = 1; i < lines.length; i++) {
    const message = JSONParse(lines[i]);
    if (!WITH_VALUE.has(message[0])) {
      messages.push({ message });
      continue;
    }
    const line = lines[++i];
    if (line === undefined) throw new Error('a value is missing');
    messages.push({ message, value: line[0] === '#' ? blobs.take(Number(line.slice(1))) : line });
  }
  return { run: Number(lines[0]), messages };
}

class Blobs {
  #data;
  #offset;

  constructor(data, offset) {
    this.#data = data;
    this.#offset = offset;
  }

  // A value's bytes: a copy, so that a small value does not keep its frame alive. JSON text may come this way too,
  // when it has line breaks.
  take(length) {
    const bytes = new Uint8Array(this.#data, this.#offset, length).slice();
    this.#offset += length;
    return bytes[0] < 0x20 ? bytes : decoder.decode(bytes);
  }
}

/** Gathers messages into a frame. */
export class FrameWriter {
  #lines = '';
  #blobs = [];

  /** Whether there is nothing to send. */
  get empty() {
    return this.#lines === '';
  }

  /**
   * @param {string} line a message's JSON text
   */
  message(line) {
    this.#lines += '\n' + line;
  }

  /**
   * @param {string} line a message's JSON text
   * @param {string | Uint8Array} value the value that follows it, encoded
   */
  withValue(line, value) {
    if (typeof value === 'string') {
      this.#lines += '\n' + line + '\n' + value;
      return;
    }
    this.#lines += '\n' + line + '\n#' + value.byteLength;
    this.#blobs.push(value);
  }

  /**
   * The frame, and an empty writer again.
   *
   * @param {number} run the run's number
   * @returns {string | Uint8Array}
   */
  take(run) {
    const text = run + this.#lines;
    const blobs = this.#blobs;
    this.#lines = '';
    if (blobs.length === 0) return text;
    this.#blobs = [];
    const header = encoder.encode(text);
    let size = 4 + header.byteLength;
    for (const blob of blobs) size += blob.byteLength;
    const frame = new Uint8Array(size);
    new DataView(frame.buffer).setUint32(0, header.byteLength, true);
    frame.set(header, 4);
    let offset = 4 + header.byteLength;
    for (const blob of blobs) {
      frame.set(blob, offset);
      offset += blob.byteLength;
    }
    return frame;
  }
}
