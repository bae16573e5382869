/** A text that differs when two values differ in anything that user code could see: kind, class, sharing, windows. */
export function describe(value: unknown, known = new Map<object, number>()): string {
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "string") return value.length > 1000 ? `${value.length}:${hash(value)}` : JSON.stringify(value);
  if (typeof value !== "object" || value === null) return String(value);
  const before = known.get(value);
  if (before !== undefined) return `#${before}`;
  known.set(value, known.size);
  const kind = Object.prototype.toString.call(value).slice(8, -1);
  return `${kind}<${Object.getPrototypeOf(value)?.constructor?.name}>${inner(value, known)}`;
}

function inner(value: object, known: Map<object, number>): string {
  const show = (part: unknown) => describe(part, known);
  if (value instanceof Date) return `(${value.getTime()})`;
  if (value instanceof RegExp) return `(${value})`;
  if (value instanceof Map) return `{${[...value].map(([key, item]) => `${show(key)}=>${show(item)}`)}}`;
  if (value instanceof Set) return `{${[...value].map(show)}}`;
  if (value instanceof ArrayBuffer) return `(${hash(String(new Uint8Array(value)))})`;
  if (value instanceof DataView) return `(${new Uint8Array(value.buffer, value.byteOffset, value.byteLength)})`;
  if (ArrayBuffer.isView(value)) return `(${hash([...(value as Uint8Array)].map((item) => describe(item)).join())})`;
  if (value instanceof Error) return `(${value.name}: ${value.message}, ${show(value.cause)})`;
  if (value instanceof Number || value instanceof Boolean) return `(${show(value.valueOf())})`;
  const own = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${show(item)}`);
  const primitive = value instanceof String || value instanceof BigInt ? `(${show(value.valueOf())})` : "";
  return `${primitive}${Array.isArray(value) ? value.length : ""}{${own}}`;
}

/** Short, and different for different texts as far as a test can tell. */
function hash(text: string): string {
  let sum = 0;
  for (let index = 0; index < text.length; index++) sum = (Math.imul(sum, 31) + text.charCodeAt(index)) | 0;
  return `${text.length}:${sum}`;
}
