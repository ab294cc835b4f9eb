// A process of its own for what a run of pushes leaves: `values` prints every indicator's last outputs and state, `allocated` the bytes a push.
import { INDICATORS } from '#engine/indicators/entries.ts';
import { tapeOf } from './tapes.ts';

const BARS = 1000;
const PUSHES = 50_000;
const columns = tapeOf(3, 'walk', BARS);

const answers = INDICATORS.map((entry) => {
  const fitted = entry.make(entry.parameters.map(({ standard }) => standard));
  const rows = columns.close.map((_, i) => Float64Array.from(entry.inputs, (input) => columns[input][i]));
  const pushes = (count: number) => {
    for (let i = 0; i < count; i += 1) fitted.push(rows[i % BARS]);
  };
  if (process.argv[2] === 'allocated') return [entry.name, allocated(pushes)];
  pushes(2 * BARS);
  return [entry.name, entry.outputs.map((_, i) => fitted.output(i)), fitted.save()];
});
process.stdout.write(JSON.stringify(answers));

/** The least of up to twenty measurements: until V8 has settled on its code, numbers go over the heap and the compiler leaves things of its own. */
function allocated(pushes: (count: number) => void): number {
  const collect = (globalThis as { gc?: () => void }).gc as () => void;
  let least = Infinity;
  for (let round = 0; round < 20 && least >= 1; round += 1) {
    pushes(4 * PUSHES);
    collect();
    const before = process.memoryUsage().heapUsed;
    pushes(PUSHES);
    least = Math.min(least, (process.memoryUsage().heapUsed - before) / PUSHES);
  }
  return least;
}
