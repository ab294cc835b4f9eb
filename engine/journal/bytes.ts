/**
 * Bytes written and read back: little-endian, canonical, every bound checked before it is trusted. Knows no record; what it
 * refuses to write it would also refuse to read, so what was accepted encodes to the same bytes again.
 */

/** Bytes that no writer of ours made. Says which field, and where. */
export class BadRecord extends Error {
  override name = 'BadRecord';
  readonly field: string;
  readonly offset: number;
  constructor(field: string, offset: number, why: string) {
    super(`${field} at byte ${offset}: ${why}`);
    this.field = field;
    this.offset = offset;
  }
}

/** A value that has no canonical bytes (NaN, a lone surrogate, a class instance, a number that is not whole). */
export class Unrecordable extends Error {
  override name = 'Unrecordable';
}

export const MAX_TEXT = 65_535;
/** Bytes of a bigint's magnitude; the top bit of the length byte is the sign. */
const MAX_BIG = 127;
const NEGATIVE = 128;

export class ByteWriter {
  bytes: Uint8Array;
  view: DataView;
  /** Where the next byte goes. */
  at = 0;

  constructor(capacity = 1024) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Makes sure of `count` more bytes. */
  room(count: number): void {
    if (this.at + count > this.bytes.length) this.#grow(this.at + count);
  }

  #grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.at));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  u8(value: number): void {
    this.room(1);
    this.bytes[this.at++] = value;
  }

  u16(value: number): void {
    this.room(2);
    this.view.setUint16(this.at, value, true);
    this.at += 2;
  }

  u32(value: number): void {
    this.room(4);
    this.view.setUint32(this.at, value, true);
    this.at += 4;
  }

  /** Adding 0 turns −0 into 0. NaN is the caller's to refuse. */
  f64(value: number): void {
    this.room(8);
    this.view.setFloat64(this.at, value + 0, true);
    this.at += 8;
  }

  whole(value: number, field: string): void {
    if (!Number.isSafeInteger(value)) throw new Unrecordable(`${field}: ${String(value)} is not a safe whole number`);
    this.f64(value);
  }

  flag(value: boolean, field: string): void {
    if (typeof value !== 'boolean') throw new Unrecordable(`${field}: ${String(value)} is not a flag`);
    this.u8(value ? 1 : 0);
  }

  raw(bytes: Uint8Array): void {
    this.room(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  /** UTF-8 behind its length in bytes: u16 for a record's text, u32 when `wide`. */
  text(value: string, field: string, wide = false): void {
    if (typeof value !== 'string') throw new Unrecordable(`${field}: ${typeof value} is not text`);
    const length = value.length;
    const lead = wide ? 4 : 2;
    this.room(lead + 3 * length);
    const bytes = this.bytes;
    const start = this.at + lead;
    let at = start;
    let index = 0;
    for (; index < length; index++) {
      const unit = value.charCodeAt(index);
      if (unit > 127) break;
      bytes[at++] = unit;
    }
    if (index < length) at = this.#beyondAscii(value, index, at, field);
    const size = at - start;
    if (wide) this.view.setUint32(this.at, size, true);
    else if (size > MAX_TEXT) throw new Unrecordable(`${field}: a text of ${size} bytes, more than ${MAX_TEXT}`);
    else this.view.setUint16(this.at, size, true);
    this.at = at;
  }

  #beyondAscii(value: string, index: number, at: number, field: string): number {
    const bytes = this.bytes;
    for (; index < value.length; index++) {
      let point = value.charCodeAt(index);
      if (point >= 0xd800 && point <= 0xdfff) {
        const low = index + 1 < value.length ? value.charCodeAt(index + 1) : 0;
        if (point > 0xdbff || low < 0xdc00 || low > 0xdfff) throw new Unrecordable(`${field}: a lone surrogate at ${index}`);
        point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
        index++;
      }
      if (point < 0x80) bytes[at++] = point;
      else if (point < 0x800) {
        bytes[at++] = 0xc0 | (point >> 6);
        bytes[at++] = 0x80 | (point & 63);
      } else {
        if (point < 0x10000) bytes[at++] = 0xe0 | (point >> 12);
        else {
          bytes[at++] = 0xf0 | (point >> 18);
          bytes[at++] = 0x80 | ((point >> 12) & 63);
        }
        bytes[at++] = 0x80 | ((point >> 6) & 63);
        bytes[at++] = 0x80 | (point & 63);
      }
    }
    return at;
  }

  /** Sign and length in one byte, then the magnitude, lowest byte first, without leading zeros. */
  big(value: bigint, field: string): void {
    if (typeof value !== 'bigint') throw new Unrecordable(`${field}: ${String(value)} is not a bigint`);
    const small = Number(value);
    if (small <= Number.MAX_SAFE_INTEGER && small >= -Number.MAX_SAFE_INTEGER) {
      this.#small(small);
      return;
    }
    const sign = value < 0n ? NEGATIVE : 0;
    let rest = sign === 0 ? value : -value;
    this.room(1 + MAX_BIG + 8);
    const start = this.at + 1;
    let at = start;
    for (; rest > 0xffffffffffffffffn; rest >>= 64n, at += 8) {
      if (at - start > MAX_BIG - 15) throw new Unrecordable(`${field}: a bigint of more than ${MAX_BIG - 7} bytes`);
      this.view.setBigUint64(at, BigInt.asUintN(64, rest), true);
    }
    this.view.setBigUint64(at, rest, true);
    at += 8;
    while (at > start && this.bytes[at - 1] === 0) at--;
    this.bytes[this.at] = sign | (at - start);
    this.at = at;
  }

  /** The same bytes for what fits a double, without arithmetic on bigints. */
  #small(value: number): void {
    this.room(9);
    const magnitude = Math.abs(value);
    this.view.setUint32(this.at + 1, magnitude >>> 0, true);
    this.view.setUint32(this.at + 5, Math.floor(magnitude / 0x1_0000_0000), true);
    let size = 8;
    while (size > 0 && this.bytes[this.at + size] === 0) size--;
    this.bytes[this.at] = (value < 0 ? NEGATIVE : 0) | size;
    this.at += 1 + size;
  }

  /** A copy of what was written. */
  take(): Uint8Array {
    return this.bytes.slice(0, this.at);
  }
}

/** `fatal` refuses what is not UTF-8; without `ignoreBOM` a leading U+FEFF would vanish. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class ByteReader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at: number;
  end: number;
  /** What is being read, for the message. */
  field = '';

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.at = at;
    this.end = end;
  }

  get left(): number {
    return this.end - this.at;
  }

  bad(why: string): BadRecord {
    return new BadRecord(this.field, this.at, why);
  }

  need(count: number): void {
    if (count > this.end - this.at) throw this.bad(`${count} bytes expected, ${this.end - this.at} left`);
  }

  u8(): number {
    this.need(1);
    return this.bytes[this.at++];
  }

  u16(): number {
    this.need(2);
    this.at += 2;
    return this.view.getUint16(this.at - 2, true);
  }

  u32(): number {
    this.need(4);
    this.at += 4;
    return this.view.getUint32(this.at - 4, true);
  }

  /** Any double but NaN and −0. */
  f64(): number {
    this.need(8);
    const value = this.view.getFloat64(this.at, true);
    if (value === 0 ? 1 / value < 0 : Number.isNaN(value)) throw this.bad(value === 0 ? '−0' : 'NaN');
    this.at += 8;
    return value;
  }

  whole(): number {
    const value = this.f64();
    if (!Number.isSafeInteger(value)) {
      this.at -= 8;
      throw this.bad(`${value} is not a safe whole number`);
    }
    return value;
  }

  flag(): boolean {
    const value = this.u8();
    if (value > 1) {
      this.at--;
      throw this.bad(`flag byte ${value}`);
    }
    return value === 1;
  }

  /** A view of the next bytes, not a copy. */
  raw(count: number): Uint8Array {
    this.need(count);
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  /** The next bytes in memory of their own: `slice` of a Node buffer would be a view. */
  copy(count: number): Uint8Array<ArrayBuffer> {
    this.need(count);
    const copied = new Uint8Array(count);
    copied.set(this.raw(count));
    return copied;
  }

  text(wide = false): string {
    const size = wide ? this.u32() : this.u16();
    this.need(size);
    const start = this.at;
    const end = start + size;
    if (size <= 32) {
      let ascii = '';
      let at = start;
      for (; at < end && this.bytes[at] < 128; at++) ascii += String.fromCharCode(this.bytes[at]);
      if (at === end) {
        this.at = end;
        return ascii;
      }
    }
    try {
      const decoded = utf8.decode(this.bytes.subarray(start, end));
      this.at = end;
      return decoded;
    } catch {
      throw this.bad('not UTF-8');
    }
  }

  big(): bigint {
    const head = this.u8();
    const size = head & MAX_BIG;
    if (size > MAX_BIG - 7) throw this.bad(`a bigint of ${size} bytes`);
    this.need(size);
    if (size === 0 ? head !== 0 : this.bytes[this.at + size - 1] === 0) throw this.bad('a bigint that is not minimal');
    let value = 0n;
    let at = this.at + size;
    while ((at - this.at) % 4 !== 0) value = (value << 8n) | BigInt(this.bytes[--at]);
    for (at -= 4; at >= this.at; at -= 4) value = (value << 32n) | BigInt(this.view.getUint32(at, true));
    this.at += size;
    return head >= NEGATIVE ? -value : value;
  }
}
