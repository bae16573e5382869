// Objects of the platform: Headers, Request, Blob. The bytes of the last two can only be had asynchronously: the
// encoder is told which are missing, and is run again once they have been read.

import * as intrinsics from './intrinsics.js';
import * as tags from './format.js';

const { classes, headersEntries, headersNext, mapGet } = intrinsics;
const empty = new classes.Uint8Array(0);

/** The bytes of a Blob's or Request's body, if they have been read. */
function bytesOf(encoder, value) {
  const bytes = encoder.bodies === undefined ? undefined : mapGet(encoder.bodies, value);
  if (bytes === undefined) encoder.missing[encoder.missing.length] = value;
  return bytes ?? empty;
}

/** Writes Headers. */
export function headers(encoder, value) {
  const list = [];
  const entries = headersEntries(value);
  for (;;) {
    const { done, value: entry } = headersNext(entries);
    if (done) break;
    list[list.length] = entry;
  }
  encoder.out.byte(tags.HEADERS);
  encoder.out.number(list.length);
  for (let i = 0; i < list.length; i++) {
    encoder.out.string(list[i][0]);
    encoder.out.string(list[i][1]);
  }
}

/** Writes a Request. (The original takes one with a body for fatal; this one records the body.) */
export function request(encoder, value) {
  const fields = {
    method: intrinsics.requestMethod(value),
    url: intrinsics.requestUrl(value),
    headers: intrinsics.requestHeaders(value),
    redirect: intrinsics.requestRedirect(value),
  };
  const cf = intrinsics.requestCf(value);
  if (cf !== undefined && cf !== null) fields.cf = cf;
  if (intrinsics.requestBody(value) !== null) fields.body = bytesOf(encoder, value);
  encoder.out.byte(tags.REQUEST);
  encoder.object(fields);
}

/** Writes a Blob. */
export function blob(encoder, value) {
  encoder.out.byte(tags.BLOB);
  encoder.out.string(intrinsics.blobType(value));
  encoder.out.blob(bytesOf(encoder, value));
}

/**
 * The bytes of a Blob or of a Request's body.
 * @returns {Promise<Uint8Array>}
 */
export async function readBytes(value) {
  const isBlob = intrinsics.isPrototypeOf(classes.Blob.prototype, value);
  const buffer = await (isBlob ? intrinsics.blobArrayBuffer(value) : intrinsics.requestArrayBuffer(value));
  return new classes.Uint8Array(buffer);
}
