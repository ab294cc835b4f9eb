/**
 * The checksums that two venues send of their books: CRC-32 over the text of the best levels. Says what it comes to; whether that is what
 * the venue said is seen in book-sync.ts.
 */
import { type Decimal, formatDecimal, normalize, pow10 } from '../decimal.ts';
import { crc32 } from '../journal/crc32.ts';
import type { BookSide, OrderBook } from './book.ts';

/** How the venue writes a number of ticks, and one of lots: the checksum is of its very digits. */
export type BookTexts = Readonly<{ price: (ticks: number) => string; lots: (lots: number) => string }>;

const KRAKEN_LEVELS = 10;
const OKX_LEVELS = 25;

/** Ten asks, then ten bids; of each its price and its quantity, without the point and the zeros before the first digit. */
export function krakenChecksum({ asks, bids }: OrderBook, { price, lots }: BookTexts): number {
  let text = '';
  for (const side of [asks, bids])
    for (let n = 0; n < Math.min(side.count, KRAKEN_LEVELS); n++) text += digitsOf(price(side.priceAt(n))) + digitsOf(lots(side.lotsAt(n)));
  return crcOf(text);
}

/** Best bid, best ask, second bid …, up to 25 a side, all joined by colons; where one side ends the other goes on alone. Signed. */
export function okxChecksum({ bids, asks }: OrderBook, { price, lots }: BookTexts): number {
  const parts: string[] = [];
  const add = (side: BookSide, n: number): void => {
    if (n < side.count) parts.push(price(side.priceAt(n)), lots(side.lotsAt(n)));
  };
  for (let n = 0; n < OKX_LEVELS; n++) {
    add(bids, n);
    add(asks, n);
  }
  return crcOf(parts.join(':')) | 0;
}

/** Always so many digits after the point, as Kraken writes: 0.00100000. At least as many as the step has. */
export const fixedText =
  (step: Decimal, digits: number) =>
  (steps: number): string => {
    const { digits: units, scale } = normalize(step);
    return formatDecimal({ digits: BigInt(steps) * units * pow10(digits - scale), scale: digits });
  };

/** No zero that says nothing, as OKX writes: 8477, 8476.9. */
export const shortText =
  (step: Decimal) =>
  (steps: number): string =>
    formatDecimal(normalize({ digits: BigInt(steps) * step.digits, scale: step.scale }));

const digitsOf = (text: string): string => text.replace('.', '').replace(/^0+/, '');

function crcOf(text: string): number {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return crc32(bytes);
}
