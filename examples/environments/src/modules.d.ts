declare module "*.md" {
  const text: string;
  export default text;
}

declare module "*.dat" {
  const bytes: ArrayBuffer;
  export default bytes;
}

declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

/** From `define`. */
declare const RELEASE: string;
