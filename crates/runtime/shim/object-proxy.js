/**
 * A Durable Object class that stands for the real one in another process: it has the same unique key, hence the same
 * ids, keeps nothing, and passes every call on through the door of the process that has the objects.
 */
import { DurableObject } from 'cloudflare:workers';

// In a front the user's code may replace these.
const { Headers, Proxy, Reflect, Request, encodeURIComponent } = globalThis;
const { stringify } = JSON;

/** As in door.js. */
const TARGET = 'stepwell-object';

/**
 * @param {string} className the class of the user's that is stood in for
 * @param {string} key the unique key of its namespace
 * @param {object} [ownDoor] the binding of the door; without it, it is `env.DOOR`
 * @returns {Function} a class
 */
export function objectProxy(className, key, ownDoor) {
  return class extends DurableObject {
    constructor(ctx, env) {
      super(ctx, env);
      const door = ownDoor ?? env.DOOR;
      // The name travels when it is known, so that `ctx.id.name` is there in the object too.
      const id = ctx.id.name === undefined ? { id: ctx.id.toString() } : { name: ctx.id.name };
      const target = { className, key, ...id };
      return new Proxy(this, {
        get(self, property) {
          if (property === 'fetch') return (request) => forward(door, target, request);
          if (typeof property === 'symbol' || property in self) return Reflect.get(self, property, self);
          return (...args) => door.call(target, property, args);
        },
      });
    }
  };
}

function forward(door, target, request) {
  const headers = new Headers(request.headers);
  headers.set(TARGET, encodeURIComponent(stringify(target)));
  return door.fetch(new Request(request, { headers }));
}
