/**
 * The runtime's own `connect`, for the stand-in of `cloudflare:sockets`: only modules of the runtime may import it.
 */
import sockets from 'cloudflare-internal:sockets';

export default function connect() {
  return (address, options) => sockets.connect(address, options);
}
