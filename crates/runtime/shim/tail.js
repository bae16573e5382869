/**
 * A Worker of its own beside the user's, which is told of each of its invocations when it has ended. It passes on what
 * somebody wants to know of.
 */

// Begins the stacks of errors that somebody else has told of (uncaught.js).
const TOLD = 'stepwell-told:';

let wanted = false;

const isNews = ({ exceptions }) => exceptions.some(({ stack }) => !stack?.startsWith(TOLD));

export default {
  async tail(invocations, env) {
    for (const invocation of invocations) {
      if (!wanted && !isNews(invocation)) continue;
      await env.ENGINE.fetch('http://stepwell/', { method: 'POST', body: JSON.stringify(invocation) });
    }
  },

  /** The engine says whether all of them are wanted. */
  fetch(request) {
    wanted = new URL(request.url).pathname === '/all';
    return new Response(null, { status: 204 });
  },
};
