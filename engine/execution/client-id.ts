/**
 * What a venue knows an order by: derived, so a replay and a restart find the same name, and two desks on one account never share one.
 * Never carries a clock, an epoch or a counter.
 */
import type { Digest } from '../digest.ts';
import { type AccountId, type ClientOrderId, clientOrderId as checked, type DeskId, type OrderId, type StrategyId } from '../values.ts';

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
/** 26 characters of 5 bits: 130 bits, and short enough for every venue we know (36 or less). */
const LENGTH = 26;

/** Made of names and an address, which are ASCII and hold no '|': different orders are different texts. */
export function clientOrderId(digest: Digest, desk: DeskId, account: AccountId, strategy: StrategyId, order: OrderId): ClientOrderId {
  return checked(base32(digest.sha256(ascii(`${desk}|${account}|${strategy}|${order}`)), LENGTH));
}

/** The first characters, five bits each, highest bit first; no padding. */
function base32(bytes: Uint8Array, length: number): string {
  let text = '';
  for (let bit = 0; text.length < length; bit += 5) {
    const at = bit >>> 3;
    const pair = ((bytes[at] as number) << 8) | (bytes[at + 1] ?? 0);
    text += BASE32[(pair >>> (11 - (bit & 7))) & 31];
  }
  return text;
}

function ascii(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes;
}
