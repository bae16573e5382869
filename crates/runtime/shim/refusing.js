/**
 * An entrypoint that refuses everything, and says why.
 */
import { WorkerEntrypoint } from 'cloudflare:workers';

// The user's code may replace these.
const { Error, Reflect, Response } = globalThis;

/**
 * @param {string} [reason] without one, `ctx.props.reason` has it
 * @returns {Function} a class
 */
export function refusing(reason) {
  return class extends WorkerEntrypoint {
    constructor(ctx, env) {
      super(ctx, env);
      const text = reason ?? ctx.props.reason;
      return new Proxy(this, {
        get(self, key) {
          if (key === 'fetch') return () => new Response(text, { status: 503 });
          if (typeof key === 'symbol' || key in self) return Reflect.get(self, key, self);
          return () => {
            throw new Error(text);
          };
        },
      });
    }
  };
}

export default refusing();
