/**
 * Says clearly where the user's code may not connect to. The runtime refuses; all that it says of it is an internal error.
 */
import { env } from 'cloudflare:workers';
import { refusal } from './addresses.js';
import { chain } from './intrinsics.js';

const { Error, Object, String, URL } = globalThis;

/** As in the configuration. */
const BINDING = 'stepwell-connect';

const originalConnect = env[BINDING];
delete env[BINDING];

const HINT = 'The operator can allow it with --allow-network';

/** The host of a URL, or of `host:port`; undefined if it has none. */
function hostOf(text) {
  try {
    return new URL(text).hostname;
  } catch {
    return undefined;
  }
}

function refused(host) {
  const what = host === undefined ? undefined : refusal(host);
  return what === undefined ? undefined : `Stepwell: this Worker may not connect to ${host} (${what}). ${HINT}`;
}

function explainFetch(error, input) {
  if (!String(error?.message).startsWith('internal error')) return error;
  const host = hostOf(typeof input === 'object' && input !== null && 'url' in input ? input.url : String(input));
  const text =
    refused(host) ??
    `Stepwell: the connection to ${host} failed. Its name cannot be resolved, or it leads to addresses that this Worker may ` +
      `not connect to (private, loopback, link-local ones and this server's own; the operator can allow them with ` +
      `--allow-network), or there is no TLS with it`;
  return new Error(text);
}

const { fetch } = globalThis;
globalThis.fetch = {
  fetch(...rest) {
    return chain(fetch(...rest), undefined, (error) => {
      throw explainFetch(error, rest[0]);
    });
  },
}.fetch;

/** `connect` of `cloudflare:sockets`. */
export function connect(address, options) {
  const socket = originalConnect(address, options);
  const target = typeof address === 'object' && address !== null ? `${address.hostname}:${address.port}` : address;
  const text = refused(hostOf(`http://${target}`));
  if (text !== undefined) {
    for (const name of ['opened', 'closed']) {
      const explained = chain(socket[name], undefined, () => {
        throw new Error(text);
      });
      // As with the original, it is no matter if nobody looks at it.
      chain(explained, undefined, () => {});
      Object.defineProperty(socket, name, { value: explained, configurable: true, enumerable: true });
    }
  }
  return socket;
}
