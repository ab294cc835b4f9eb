// For tables worked by hand: what an indicator of the catalogue reads after each row.
import { indicatorNamed } from '#engine/indicators/entries.ts';

/** One row of inputs a push; null while it is not ready, else its outputs by name. */
export function readings(
  name: string,
  parameters: readonly number[],
  rows: readonly (readonly number[])[],
): (Record<string, number> | null)[] {
  const entry = indicatorNamed(name);
  if (entry === null) throw new Error(`no indicator is called ${name}`);
  const fitted = entry.make(parameters);
  return rows.map((row) => {
    fitted.push(Float64Array.from(row));
    return fitted.ready ? Object.fromEntries(entry.outputs.map((output, i) => [output, fitted.output(i)])) : null;
  });
}

/** Of an indicator with one output: its values. */
export const values = (...given: Parameters<typeof readings>): (number | null)[] => readings(...given).map((read) => read?.value ?? null);
