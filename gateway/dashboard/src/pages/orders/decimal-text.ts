/** Decimal text as exact whole steps: what a price or a quantity that is typed must fit. Nothing is rounded, and no float is made. */

const FORM = /^(-?)(\d{1,30})(?:\.(\d{1,20}))?$/;
type Exact = Readonly<{ digits: bigint; scale: number }>;

/** Null: it is no decimal number. */
export function exact(text: string): Exact | null {
  const [, sign, whole, rest = ''] = FORM.exec(text.trim()) ?? [];
  return whole === undefined ? null : { digits: BigInt(`${sign}${whole}${rest}`), scale: rest.length };
}

const at = ({ digits, scale }: Exact, to: number): bigint => digits * 10n ** BigInt(to - scale);

/** How many steps it is; null where it is no whole number of them, or no number. */
export function stepsOf(text: string, step: string): bigint | null {
  const [value, of] = [exact(text), exact(step)];
  if (value === null || of === null || of.digits === 0n) return null;
  const scale = Math.max(value.scale, of.scale);
  return at(value, scale) % at(of, scale) === 0n ? at(value, scale) / at(of, scale) : null;
}

/** `steps` of it, with as many decimals as the step has. */
export function textOf(steps: bigint, step: string): string {
  const { digits, scale } = exact(step)!;
  const all = steps * digits;
  const text = (all < 0n ? -all : all).toString().padStart(scale + 1, '0');
  return `${all < 0n ? '-' : ''}${scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`}`;
}

/** The nearest that fits below it, and above: what to offer instead. Null where it is no number. */
export function nearest(text: string, step: string): readonly [below: string, above: string] | null {
  const [value, of] = [exact(text), exact(step)];
  if (value === null || of === null || of.digits <= 0n) return null;
  const scale = Math.max(value.scale, of.scale);
  const [whole, unit] = [at(value, scale), at(of, scale)];
  const down = whole / unit - (whole % unit < 0n ? 1n : 0n);
  return [textOf(down, step), textOf(down + 1n, step)];
}

export const decimalsOf = (step: string): number => exact(step)?.scale ?? 0;
