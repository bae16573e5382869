/**
 * The options of a step that tell how to undo it. Checked (spec 2.6), and otherwise not used yet.
 */
import { configText, knownConfig } from './configs.js';
import { fatalError } from './errors.js';
import { chain } from './intrinsics.js';

/**
 * @param {import('./run.js').Run} run
 * @param {string} name the step's
 * @param {unknown} options as the user gave them
 * @returns {Promise<unknown> | undefined} settles when the engine has checked the config
 * @throws a WorkflowFatalError
 */
export function checkRollback(run, name, options) {
  if (options === undefined) return undefined;
  if (typeof options !== 'object' || options === null) {
    throw fatalError(`Rollback options for "${name}" must be an object`);
  }
  if (typeof options.rollback !== 'function') throw fatalError(`Rollback for "${name}" must be a function`);
  const text = configText(options.rollbackConfig);
  if (knownConfig(text) !== undefined) return undefined;
  return chain(run.resolveConfig(name, text), undefined, () => {
    throw fatalError(
      `Rollback config for "${name}" is in a invalid format. See https://developers.cloudflare.com/workflows/build/sleeping-and-retrying/`,
    );
  });
}
