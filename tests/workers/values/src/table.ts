/** Values that come back equal (the "accepted" row of the table of step values). */
export const VALUES: Record<string, () => unknown> = {
  undefined: () => undefined,
  null: () => null,
  booleans: () => [true, false],
  numbers: () => [0, -0, 1.5, NaN, Infinity, -Infinity, Number.MAX_VALUE, Number.MIN_VALUE, 2 ** 53 + 2],
  bigints: () => [0n, -1n, 2n ** 64n, -(2n ** 200n)],
  strings: () => ["", "text", "ünïcödé 🦀", "\0\u2028", "\ud800 alone", '"quotes"\\'],
  boxed: () => [Object(1), Object("s"), Object(true), Object(10n)],
  object: () => ({ a: 1, "b c": { d: [] }, undefined: undefined, __proto__x: 1 }),
  ownProto: () => JSON.parse('{"__proto__": {"polluted": true}}'),
  toJson: () => ({ toJSON: "not called", $date: 1, type: "Date" }),
  sparse: () => Object.assign([1, , 3], { extra: "own property" }),
  date: () => [new Date(0), new Date(-1), new Date(8.64e15), new Date(NaN)],
  regexp: () => [/a+/giu, /\//, new RegExp("\n", "y")],
  map: () => new Map<unknown, unknown>([["a", 1], [{ key: 1 }, new Map()], [NaN, -0], [undefined, null]]),
  set: () => new Set<unknown>([1, "1", new Set([2]), undefined]),
  arrayBuffer: () => Uint8Array.of(1, 2, 255).buffer,
  window: () => new Uint8Array(Uint8Array.of(0, 1, 2, 3).buffer, 1, 2),
  typed: () => [
    Int8Array.of(-1), Uint8ClampedArray.of(300), Int16Array.of(-2), Uint16Array.of(65535), Int32Array.of(-3),
    Uint32Array.of(2 ** 32 - 1), Float32Array.of(1.5, NaN), Float64Array.of(-0), BigInt64Array.of(-4n),
    BigUint64Array.of(2n ** 64n - 1n), new DataView(Uint8Array.of(1, 2, 3).buffer, 1, 1),
  ],
  error: () => [new Error("plain"), new TypeError("typed"), new RangeError("", { cause: { a: 1 } })],
  cycle: () => {
    const cycle: any = { name: "cycle", list: [] };
    cycle.list.push(cycle, new Map([["self", cycle]]));
    return cycle;
  },
  shared: () => {
    const shared = { date: new Date(1) };
    return [shared, shared, { shared }];
  },
  deep: () => {
    let deep: unknown = "bottom";
    for (let level = 0; level < 200; level++) deep = [deep];
    return deep;
  },
  large: () => "x".repeat(500_000),
  bytes: () => new Uint8Array(300_000).map((_, index) => index * 7),
};
