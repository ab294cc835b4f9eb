/**
 * Digits as numbers, four at a time: the inmost loop of every import of text. Plain digits and one point; whatever else stands there is for
 * the careful reader.
 */
export const POWERS = Float64Array.from({ length: 17 }, (_, n) => Number(`1e${n}`));

/**
 * Plain digits, times ten to the power of `scale`, as a whole number into `out`; returns where they end, −1 when they are none, too many
 * or finer than that. `cut`: finer digits are left off. `words` are the same bytes. Bare numbers, because the bundle turns named ones into
 * variables that every turn of a loop reads again: x ^ 48 is below 10 for digits only and 30 for the point; sixteen digits fit a double, if
 * below 2^53; 40 bytes on, nothing that is looked at lies beyond the end.
 */
export function digitsAt(
  bytes: Uint8Array,
  words: DataView,
  at: number,
  scale: number,
  cut: boolean,
  out: Float64Array,
  index: number,
): number {
  if (scale < 0 || at + 40 > words.byteLength) return oneByOne(bytes, at, scale, cut, out, index);
  let pos = at;
  let number = 0;
  let four = words.getInt32(pos, true) ^ 0x30303030;
  while ((((four + 0x06060606) | four) & 0xf0f0f0f0) === 0 && pos < at + 16) {
    number = number * 10_000 + fourOf(four);
    pos += 4;
    four = words.getInt32(pos, true) ^ 0x30303030;
  }
  let c = four & 255;
  while (c < 10) {
    number = number * 10 + c;
    c = (bytes[++pos] as number) ^ 48;
  }
  const digits = pos - at;
  if (digits === 0 || digits + scale > 16) return -1;
  if (c === 30) {
    pos += 1;
    const stop = pos + scale;
    while (pos + 4 <= stop) {
      four = words.getInt32(pos, true) ^ 0x30303030;
      if ((((four + 0x06060606) | four) & 0xf0f0f0f0) !== 0) break;
      number = number * 10_000 + fourOf(four);
      pos += 4;
    }
    c = (bytes[pos] as number) ^ 48;
    while (c < 10 && pos < stop) {
      number = number * 10 + c;
      c = (bytes[++pos] as number) ^ 48;
    }
    if (pos < stop) number *= POWERS[stop - pos] as number;
    while (c === 0) c = (bytes[++pos] as number) ^ 48;
    if (c < 10) {
      if (!cut) return -1; // off the grid
      while (c < 10) c = (bytes[++pos] as number) ^ 48;
    }
  } else if (scale > 0) number *= POWERS[scale] as number;
  out[index] = number;
  return number <= Number.MAX_SAFE_INTEGER ? pos : -1;
}

/** The number of four digits, the first in the lowest byte. */
function fourOf(digits: number): number {
  const pairs = (Math.imul(digits, 10) + (digits >>> 8)) & 0x00ff00ff;
  return (pairs & 255) * 100 + (pairs >>> 16);
}

/** The same a digit at a time: near the end of the bytes, and for scales below 0. Nine digits fit an int32. */
function oneByOne(bytes: Uint8Array, at: number, scale: number, cut: boolean, out: Float64Array, index: number): number {
  let pos = at;
  let c = (bytes[pos] as number) ^ 48;
  let whole = 0;
  while (c < 10) {
    whole = (whole * 10 + c) | 0;
    c = (bytes[++pos] as number) ^ 48;
  }
  let digits = pos - at;
  if (digits === 0) return -1;
  let number = whole;
  if (digits > 9) {
    if (scale < 0) {
      // ns are read to the µs; their nineteen digits last until 2286
      if (digits !== 16 - scale) return -1;
      digits = 16;
      scale = 0;
    }
    if (digits + scale > 16) return -1;
    number = manyDigits(bytes, at, digits);
  } else if (scale < 0) return -1;
  if (c === 30) {
    const point = ++pos;
    const stop = point + scale;
    c = (bytes[pos] as number) ^ 48;
    if (digits + scale <= 9) {
      let small = number | 0;
      while (c < 10 && pos < stop) {
        small = (small * 10 + c) | 0;
        c = (bytes[++pos] as number) ^ 48;
      }
      number = small;
    } else {
      if (digits + scale > 16) return -1;
      while (c < 10 && pos < stop) {
        number = number * 10 + c;
        c = (bytes[++pos] as number) ^ 48;
      }
    }
    if (pos < stop) number *= POWERS[stop - pos] as number;
    while (c === 0) c = (bytes[++pos] as number) ^ 48;
    if (c < 10) {
      if (!cut) return -1; // off the grid
      while (c < 10) c = (bytes[++pos] as number) ^ 48;
    }
  } else if (scale > 0) {
    if (digits + scale > 16) return -1;
    number *= POWERS[scale] as number;
  }
  out[index] = number;
  return number <= Number.MAX_SAFE_INTEGER ? pos : -1;
}

/** More digits than an int32 holds, in two halves. */
function manyDigits(bytes: Uint8Array, at: number, digits: number): number {
  let high = 0;
  let low = 0;
  let pos = at;
  for (const half = at + 9; pos < half; pos += 1) high = (high * 10 + ((bytes[pos] as number) ^ 48)) | 0;
  for (const end = at + digits; pos < end; pos += 1) low = (low * 10 + ((bytes[pos] as number) ^ 48)) | 0;
  return high * (POWERS[digits - 9] as number) + low;
}
