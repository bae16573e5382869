// The tags of the binary form. crates/core/src/value/mod.rs describes what follows each.

export const VERSION = 0x01;
export const UNDEFINED = 0x00;
export const NULL = 0x01;
export const FALSE = 0x02;
export const TRUE = 0x03;
export const INT = 0x04;
export const FLOAT = 0x05;
export const TEXT = 0x06;
export const WIDE = 0x07;
export const BIGINT = 0x08;
export const REFERENCE = 0x09;
export const OBJECT = 0x10;
export const ARRAY = 0x11;
export const SPARSE_ARRAY = 0x12;
export const MAP = 0x13;
export const SET = 0x14;
export const DATE = 0x15;
export const REGEXP = 0x16;
export const ERROR = 0x17;
export const BOXED = 0x18;
export const BUFFER = 0x19;
export const VIEW = 0x1a;
export const HEADERS = 0x1b;
export const REQUEST = 0x1c;
export const BLOB = 0x1d;
export const DOM_EXCEPTION = 0x1e;
export const STREAM = 0x1f;

/** How deep nodes may lie in each other. */
export const MAX_DEPTH = 2000;
/** Deeper values are not written as text: readers of JSON take 127 levels. */
export const MAX_TEXT_DEPTH = 100;
