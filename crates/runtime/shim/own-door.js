/**
 * The way from a front to the objects of its own Worker. It comes by `env`, and is taken off before user code is
 * evaluated.
 */
import { env } from 'cloudflare:workers';

/** As in the configuration. */
const BINDING = 'stepwell-door';

/** A binding to the door of the process that has the objects. */
export const ownDoor = env[BINDING];
delete env[BINDING];
