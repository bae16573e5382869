/**
 * For a process that only tries code, before the user's modules: outside of requests the runtime takes no notice of
 * `process.exit()`, and the code behind it, which is not meant to, would run.
 */
const { process, Error } = globalThis;

if (typeof process?.exit === 'function') {
  process.exit = (code) => {
    const call = `process.exit(${code === undefined ? '' : String(code)})`;
    throw new Error(
      `${call} was called at the top level of a module, where it ends nothing: ` +
        'a Worker has no process of its own. Throw an error instead, or call it in a handler',
    );
  };
}
