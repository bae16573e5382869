/**
 * The door of the run channel.
 */
import { WorkerEntrypoint } from 'cloudflare:workers';

/**
 * @param {object} user the namespace of the user's main module
 * @param {string[]} classNames the Workflow classes that the configuration names
 */
export function runEntrypoint(user, classNames) {
	return class __StepwellRun extends WorkerEntrypoint {};
}
