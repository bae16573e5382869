/**
 * The handlers of a default export, found and called as the runtime does it.
 */

/**
 * Whether there is a handler: a class has its handlers on the prototype, an object on itself.
 *
 * @param {object | Function} exported the default export
 * @param {string} name such as `scheduled`
 * @returns {boolean}
 */
export function hasHandler(exported, name) {
  return typeof (typeof exported === 'function' ? exported.prototype : exported)?.[name] === 'function';
}

/**
 * Calls a handler. A class gets a new instance for each event, whose handlers take the event alone.
 *
 * @param {object | Function} exported the default export
 * @param {string} name the handler, which exists
 * @param {any} event its first argument
 * @param {object} context the ExecutionContext of the event
 * @param {object} env
 * @returns {any} what the handler returns
 */
export function callHandler(exported, name, event, context, env) {
  if (typeof exported === 'function') return new exported(context, env)[name](event);
  return exported[name](event, env, context);
}
