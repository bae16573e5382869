// What the language and the platform gave before any user code ran. User code may patch every one of these later;
// the encoding of values uses nothing else, so that a patch cannot change what is recorded.

import { RpcTarget } from 'cloudflare:workers';

const { getOwnPropertyDescriptor: descriptorOf, getPrototypeOf: prototypeOf } = Object;
const { call } = Function.prototype;

/**
 * A method as a function whose first argument is `this`.
 * @type {(method: Function) => (...args: any[]) => any}
 */
const free = call.bind.bind(call);
/** The getter of a property of a prototype, or of what that inherits from, as a function. */
const getter = (owner, name) => {
  const property = descriptorOf(owner, name);
  return property ? free(property.get) : getter(prototypeOf(owner), name);
};

export const { isArray } = Array;
export const { isView } = ArrayBuffer;
export const { stringify, parse } = JSON;
export const { defineProperty, freeze, keys, getPrototypeOf, getOwnPropertyDescriptor, create } = Object;
export const { fromCharCode } = String;
export const objectPrototype = Object.prototype;
export const arrayPrototype = Array.prototype;
export const reflectApply = Reflect.apply;
export const structuredClone = globalThis.structuredClone;

export const hasOwn = Object.hasOwn;
export const toStringOf = free(Object.prototype.toString);
export const isPrototypeOf = free(Object.prototype.isPrototypeOf);
export const isWellFormed = free(String.prototype.isWellFormed);
export const charCodeAt = free(String.prototype.charCodeAt);
export const startsWith = free(String.prototype.startsWith);
export const endsWith = free(String.prototype.endsWith);
export const symbolToString = free(Symbol.prototype.toString);
export const bigintToString = free(BigInt.prototype.toString);
export const dateGetTime = free(Date.prototype.getTime);
export const mapForEach = free(Map.prototype.forEach);
export const mapGet = free(Map.prototype.get);
export const mapSet = free(Map.prototype.set);
export const mapSize = getter(Map.prototype, 'size');
export const setForEach = free(Set.prototype.forEach);
export const setAdd = free(Set.prototype.add);
export const setHas = free(Set.prototype.has);
export const setSize = getter(Set.prototype, 'size');
/** Whether this is an error and not a Proxy of one, where the language can tell. */
export const isError = Error.isError ?? (() => true);
export const promiseThen = free(Promise.prototype.then);

// The primitive in a boxed one; they throw for everything else.
export const booleanValue = free(Boolean.prototype.valueOf);
export const numberValue = free(Number.prototype.valueOf);
export const stringValue = free(String.prototype.valueOf);
export const bigintValue = free(BigInt.prototype.valueOf);

// Binary data.
const typedArrayPrototype = prototypeOf(Uint8Array.prototype);
/** The class of a typed array; undefined for everything else. */
export const typedArrayClass = getter(typedArrayPrototype, Symbol.toStringTag);
export const typedArrayBuffer = getter(typedArrayPrototype, 'buffer');
export const typedArrayOffset = getter(typedArrayPrototype, 'byteOffset');
export const typedArrayBytes = getter(typedArrayPrototype, 'byteLength');
export const bytesSet = free(typedArrayPrototype.set);
export const bytesCopyWithin = free(typedArrayPrototype.copyWithin);
export const dataViewBuffer = getter(DataView.prototype, 'buffer');
export const dataViewOffset = getter(DataView.prototype, 'byteOffset');
export const dataViewBytes = getter(DataView.prototype, 'byteLength');
export const bufferBytes = getter(ArrayBuffer.prototype, 'byteLength');
export const bufferResizable = getter(ArrayBuffer.prototype, 'resizable');
export const bufferMaxBytes = getter(ArrayBuffer.prototype, 'maxByteLength');
export const bufferDetached = getter(ArrayBuffer.prototype, 'detached');
export const sharedBufferPrototype = SharedArrayBuffer.prototype;

// Regular expressions. The `flags` getter would ask the object's own, patchable properties.
export const regexpSource = getter(RegExp.prototype, 'source');
/** @type {[string, (regexp: RegExp) => boolean][]} */
export const regexpFlags = [
  ['d', 'hasIndices'],
  ['g', 'global'],
  ['i', 'ignoreCase'],
  ['m', 'multiline'],
  ['s', 'dotAll'],
  ['u', 'unicode'],
  ['v', 'unicodeSets'],
  ['y', 'sticky'],
].map(([flag, name]) => [flag, getter(RegExp.prototype, name)]);

// The platform.
const headersIterator = prototypeOf(new Headers().entries());
export const headersEntries = free(Headers.prototype.entries);
export const headersAppend = free(Headers.prototype.append);
export const headersNext = free(headersIterator.next);
export const requestMethod = getter(Request.prototype, 'method');
export const requestUrl = getter(Request.prototype, 'url');
export const requestHeaders = getter(Request.prototype, 'headers');
export const requestRedirect = getter(Request.prototype, 'redirect');
export const requestCf = getter(Request.prototype, 'cf');
export const requestBody = getter(Request.prototype, 'body');
export const requestArrayBuffer = free(Request.prototype.arrayBuffer);
export const blobType = getter(Blob.prototype, 'type');
export const blobArrayBuffer = free(Blob.prototype.arrayBuffer);
export const responseBody = getter(Response.prototype, 'body');
export const streamGetReader = free(ReadableStream.prototype.getReader);
export const streamLocked = getter(ReadableStream.prototype, 'locked');
const readerPrototype = ReadableStreamDefaultReader.prototype;
export const readerRead = free(readerPrototype.read);
export const readerCancel = free(readerPrototype.cancel);

const encoder = new TextEncoder();
const encodeIntoOf = free(TextEncoder.prototype.encodeInto);
const encodeOf = free(TextEncoder.prototype.encode);
/** Writes a string as UTF-8; says how much it read and wrote. */
export const encodeInto = (text, bytes) => encodeIntoOf(encoder, text, bytes);
/** A string as UTF-8. */
export const utf8 = (text) => encodeOf(encoder, text);
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const decodeOf = free(TextDecoder.prototype.decode);
/** A string from its UTF-8. */
export const fromUtf8 = (bytes) => decodeOf(decoder, bytes);

// Constructors. (`new` on a captured constructor asks nothing that user code can reach.)
const captured = {
  ArrayBuffer, BigInt, Blob, Boolean, DataView, Date, DOMException, Error, File, Headers, Map, Number, Object, Promise,
  ReadableStream, RegExp, Request, Response, RpcTarget, Set, String, Symbol, TypeError, Uint8Array, WritableStream,
};
export { captured as classes };

/**
 * The classes of typed arrays and DataView, by their number in the encoding (crates/core/src/value/format.rs).
 * @type {[string, Function | undefined, number][]} Name, constructor, bytes of an element.
 */
export const viewClasses = [
  ['Int8Array', Int8Array, 1],
  ['Uint8Array', Uint8Array, 1],
  ['Uint8ClampedArray', Uint8ClampedArray, 1],
  ['Int16Array', Int16Array, 2],
  ['Uint16Array', Uint16Array, 2],
  ['Int32Array', Int32Array, 4],
  ['Uint32Array', Uint32Array, 4],
  ['Float32Array', Float32Array, 4],
  ['Float64Array', Float64Array, 8],
  ['BigInt64Array', BigInt64Array, 8],
  ['BigUint64Array', BigUint64Array, 8],
  ['DataView', DataView, 1],
  ['Float16Array', globalThis.Float16Array, 2],
];

/**
 * The classes of errors that structured clone keeps, by their number in the encoding.
 * @type {[string, ErrorConstructor][]}
 */
export const errorClasses = [
  ['Error', Error],
  ['EvalError', EvalError],
  ['RangeError', RangeError],
  ['ReferenceError', ReferenceError],
  ['SyntaxError', SyntaxError],
  ['TypeError', TypeError],
  ['URIError', URIError],
];
