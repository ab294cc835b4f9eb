/** A series as one line of block characters; a longer series keeps each stretch's last value. */
export function sparkline(values: ArrayLike<number>, width: number): string {
  const count = Math.min(values.length, width);
  if (count === 0) return '';
  const shown = Array.from({ length: count }, (_, i) => values[Math.ceil(((i + 1) * values.length) / count) - 1] as number);
  const low = shown.reduce((least, value) => Math.min(least, value));
  const high = shown.reduce((most, value) => Math.max(most, value));
  const middle = BLOCKS[Math.floor(BLOCKS.length / 2)] as string;
  if (high === low) return middle.repeat(count);
  return shown.map((value) => BLOCKS[Math.min(BLOCKS.length - 1, Math.floor(((value - low) / (high - low)) * BLOCKS.length))]).join('');
}

const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
