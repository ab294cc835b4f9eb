/** Values as venues write them, numbers or decimal text, as whole steps of a tick or lot; or the reason why there is no such number. */
import { BadDecimal, type Decimal, parseDecimal, pow10 } from '#engine/decimal.ts';
import type { RefusedReason } from '#engine/inputs.ts';

export type StepsRefused = Extract<RefusedReason, 'not-a-number' | 'precision' | 'malformed' | 'too-large'>;

/** A step, with what the quick way needs: as a number, and how many of its digits' units make one. */
export type Step = Readonly<{ decimal: Decimal; digits: number; scale: number; unit: number }>;

export function stepOf(text: string): Step {
  const decimal = parseDecimal(text);
  return { decimal, digits: Number(decimal.digits), scale: decimal.scale, unit: Number(pow10(decimal.scale)) };
}

/**
 * A number is taken for the shortest decimal that reads back as it: 0.3 is three tenths, 0.1 + 0.2 is none of ours. The quick way needs
 * no text: r / 10^scale is correctly rounded, so it equals the number exactly when r at that scale is what the number says.
 */
export function stepsOf(value: unknown, step: Step): number | StepsRefused {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return 'not-a-number';
    const units = Math.round(value * step.unit);
    if (Math.abs(units) < QUICK && step.scale <= 15 && units / step.unit === value) {
      const steps = units / step.digits;
      return Number.isInteger(steps) ? steps + 0 : 'precision';
    }
    return slowly(plainText(value), step);
  }
  if (typeof value !== 'string') return 'malformed';
  if (/^\s*[+-]?(nan|inf(inity)?)\s*$/i.test(value)) return 'not-a-number';
  return quickly(value, step) ?? slowly(value, step);
}

/** Beyond it a double no longer tells neighbouring decimals apart for certain. */
const QUICK = 1e15;

/** Plain text of few digits, read as one whole number at the step's scale; null when this cannot decide. */
function quickly(text: string, step: Step): number | null {
  if (text.length > 16) return null;
  let at = text.charCodeAt(0) === 45 ? 1 : 0;
  const negative = at === 1;
  let units = 0;
  let digits = 0;
  let scale = -1;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 46 && scale < 0 && digits > 0) scale = 0;
    else if (code >= 48 && code <= 57) {
      if (scale === step.scale) {
        if (code !== 48) return null;
        continue; // zeros behind the step's last digit say nothing
      }
      units = units * 10 + (code - 48);
      digits += 1;
      if (scale >= 0) scale += 1;
    } else return null;
  }
  if (digits === 0 || text.charCodeAt(text.length - 1) === 46) return null;
  for (let missing = step.scale - Math.max(0, scale); missing > 0; missing -= 1) units *= 10;
  if (units >= QUICK) return null;
  const steps = units / step.digits;
  if (!Number.isInteger(steps)) return null;
  return negative && steps !== 0 ? -steps : steps;
}

function slowly(text: string, step: Step): number | StepsRefused {
  if (/^[+-]?[0-9]{30,}/.test(text)) return 'too-large';
  let value: Decimal;
  try {
    value = parseDecimal(text);
  } catch (error) {
    if (!(error instanceof BadDecimal)) throw error;
    return /^[+-]?[0-9]+\.[0-9]+$/.test(text) ? 'precision' : 'malformed'; // more digits than are kept
  }
  const numerator = value.digits * pow10(step.decimal.scale);
  const denominator = step.decimal.digits * pow10(value.scale);
  const whole = Number(numerator / denominator);
  if (!Number.isSafeInteger(whole)) return 'too-large';
  return numerator % denominator === 0n ? whole : 'precision';
}

/** A finite number without an exponent. */
function plainText(value: number): string {
  const text = String(value);
  const [, sign = '', whole = '', fraction = '', power] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(text) ?? [];
  if (power === undefined) return text;
  const shift = Number(power);
  const digits = whole + fraction;
  if (shift >= 0) return sign + digits.padEnd(whole.length + shift, '0');
  return `${sign}0.${'0'.repeat(-shift - whole.length)}${digits}`;
}
