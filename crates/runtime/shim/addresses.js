/**
 * Which addresses are refused, by the rules of the policy: of all blocks that contain an address, the longest decides.
 */
import rules from './outbound-rules.js';

const { Number } = globalThis;
const { parseInt } = Number;

/** The bytes of an address as the URL standard writes it; undefined if it is a name. */
function bytesOf(host) {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return host.split('.').map(Number);
  if (!host.startsWith('[')) return undefined;
  const halves = host
    .slice(1, -1)
    .split('::')
    .map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - halves.reduce((sum, half) => sum + half.length, 0);
  const groups = halves.length === 2 ? [...halves[0], ...new Array(missing).fill('0'), ...halves[1]] : halves[0];
  const bytes = groups.flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255]);
  // An IPv4 address in the form of an IPv6 one is that address.
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  return mapped ? bytes.slice(12) : bytes;
}

function contains(rule, bytes) {
  if (rule.bytes.length !== bytes.length) return false;
  for (let bit = 0; bit < rule.prefix; bit += 8) {
    const rest = rule.prefix - bit;
    const mask = rest >= 8 ? 255 : (255 << (8 - rest)) & 255;
    if (((rule.bytes[bit / 8] ^ bytes[bit / 8]) & mask) !== 0) return false;
  }
  return true;
}

/**
 * What kind of address a host is, if it is refused.
 *
 * @param {string} host as the URL standard writes it
 * @returns {string | undefined} undefined too for names, save those that mean this machine
 */
export function refusal(host) {
  const bytes = host === 'localhost' || host.endsWith('.localhost') ? [127, 0, 0, 1] : bytesOf(host);
  if (bytes === undefined) return undefined;
  let longest;
  for (const rule of rules) {
    if (contains(rule, bytes) && !(longest?.prefix > rule.prefix)) longest = rule;
  }
  return longest?.what ?? undefined;
}
