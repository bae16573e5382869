// A byte stream that a step returns: read to its end, recorded as bytes.

import * as intrinsics from './intrinsics.js';
import * as tags from './format.js';
import { Output } from './output.js';
import { Unserialisable } from './refusals.js';

const { classes, isView, isPrototypeOf } = intrinsics;
const { ArrayBuffer, Uint8Array } = classes;

/** The largest stream that is recorded so far. */
const MAX_STREAM = 1024 * 1024;
/** The largest chunk that a stream may hand over (spec 2.5). */
const MAX_CHUNK = 16 * 1024 * 1024;

/**
 * Reads a stream to its end.
 * @param {ReadableStream} stream
 * @returns {Promise<Uint8Array>} The encoded value.
 */
export async function encodeStream(stream) {
  if (intrinsics.streamLocked(stream)) {
    throw new Unserialisable(false, 'TypeError', 'The ReadableStream has been locked to a reader.');
  }
  const reader = intrinsics.streamGetReader(stream);
  const chunks = [];
  let total = 0;
  try {
    for (;;) {
      const { done, value } = await read(reader);
      if (done) break;
      const bytes = chunkBytes(value);
      total += bytes.length;
      if (total > MAX_STREAM) {
        throw new Unserialisable(
          false,
          'WorkflowInternalError',
          'The step returned a ReadableStream of more than 1 MiB. Streams over 1 MiB are not supported yet.',
        );
      }
      chunks[chunks.length] = bytes;
    }
  } catch (error) {
    // Nobody waits for the cancellation; its failure has nothing to add.
    intrinsics.promiseThen(intrinsics.readerCancel(reader, error), undefined, () => {});
    throw error;
  }
  const out = new Output();
  out.byte(tags.VERSION);
  out.byte(tags.STREAM);
  out.number(total);
  for (let i = 0; i < chunks.length; i++) out.raw(chunks[i]);
  return out.finish();
}

async function read(reader) {
  try {
    return await intrinsics.readerRead(reader);
  } catch (error) {
    throw invalid(`${error?.message ?? error}`);
  }
}

/** A chunk's bytes; text is UTF-8, as in the original. */
function chunkBytes(chunk) {
  if (typeof chunk === 'string') return intrinsics.utf8(chunk);
  let bytes;
  if (isView(chunk)) {
    const isDataView = intrinsics.typedArrayClass(chunk) === undefined;
    bytes = isDataView
      ? new Uint8Array(intrinsics.dataViewBuffer(chunk), intrinsics.dataViewOffset(chunk), intrinsics.dataViewBytes(chunk))
      : new Uint8Array(
          intrinsics.typedArrayBuffer(chunk),
          intrinsics.typedArrayOffset(chunk),
          intrinsics.typedArrayBytes(chunk),
        );
  } else if (isPrototypeOf(ArrayBuffer.prototype, chunk)) {
    bytes = new Uint8Array(chunk);
  } else {
    throw invalid('A chunk is neither bytes nor text.');
  }
  if (bytes.length > MAX_CHUNK) {
    throw new Unserialisable(
      true,
      'OversizedStreamChunkError',
      `Step returned a ReadableStream chunk larger than the maximum allowed size of ${MAX_CHUNK} bytes. ` +
        'Return smaller chunks from step.do().',
    );
  }
  return bytes;
}

const invalid = (cause) =>
  new Unserialisable(true, 'InvalidStepReadableStreamError', `Failed to read from step ReadableStream output. ${cause}`);
