/** Trials over two parameters: a table whose cells are coloured by what they came to and say it as a number, walked by mouse or arrow keys. */
import { type KeyboardEvent, useRef, useState } from 'react';
import type { RestPlateau, RestSweepDetail } from '#gateway/contracts/rest-sweeps.ts';
import { pathOf, useAsked } from '../../asked.ts';
import { Failed, Loading } from '../../ui/states.tsx';
import { CommandLine } from './commands.tsx';
import { cellFrom, scoreText, strengthsOf } from './heat.ts';
import { RunLink } from './run-link.tsx';
import { setFlags, setText } from './run-words.ts';

type Props = Readonly<{ of: RestSweepDetail; path: string; x: string; y: string; others: 'median' | 'best' }>;
type Place = readonly [row: number, column: number];

export function HeatMap({ of, path, x, y, others }: Props) {
  const { data, error, refetch } = useAsked<RestPlateau>(pathOf(`${path}/plateau`, { x, y, others }), { kept: true });
  if (error !== null)
    return (
      <div className="p-3">
        <Failed error={error} again={() => void refetch()} />
      </div>
    );
  return data === undefined ? <Loading lines={10} what="Drawing the map" /> : <Cells of={of} map={data} />;
}

const same = (a: Place | null, row: number, column: number): boolean => a !== null && a[0] === row && a[1] === column;

function Cells({ of, map }: Readonly<{ of: RestSweepDetail; map: RestPlateau }>) {
  const { cells, x, y, peak, plateau } = map;
  const table = useRef<HTMLTableElement>(null);
  const [chosen, setChosen] = useState<Place | null>(null);
  const there = chosen !== null && cells[chosen[0]]?.[chosen[1]] != null ? chosen : null;
  const first: Place | null = there ?? peak ?? firstOf(cells);
  const strength = strengthsOf(
    cells.flatMap((row) => row.flatMap((cell) => (cell === null ? [] : [cell.score]))),
    of.lowest,
  );
  const walk = (event: KeyboardEvent, from: Place): void => {
    const next = cellFrom(cells, from, event.key);
    if (next === null) return;
    event.preventDefault();
    setChosen(next);
    table.current?.querySelector<HTMLElement>(`[data-cell="${next.join(',')}"]`)?.focus();
  };
  const cell = there === null ? null : cells[there[0]]![there[1]]!;
  return (
    <>
      <p className="px-3 pt-2 text-xs text-dim">
        {y.name} upwards, {x.name} across; a stronger colour is {of.lowest ? 'lower, which is better' : 'better'}. ◆ is the peak, ● the
        plateau’s choice; arrow keys walk.
      </p>
      <div className="overflow-auto p-2">
        <table ref={table} className="border-separate border-spacing-px text-xs" data-map={`${x.name},${y.name}`}>
          <caption className="sr-only">
            {of.objective} by {y.name} and {x.name}
          </caption>
          <tbody>
            {[...y.values.keys()].reverse().map((row) => (
              <tr key={String(y.values[row])}>
                <th scope="row" className="figure pr-1.5 text-right font-normal whitespace-nowrap text-faint">
                  {String(y.values[row])}
                </th>
                {x.values.map((value, column) => {
                  const one = cells[row]![column] ?? null;
                  if (one === null)
                    return (
                      <td
                        key={String(value)}
                        className="h-9 min-w-13 rounded-[3px] border border-dashed border-line text-center text-faint"
                      >
                        <span className="sr-only">nothing tried</span>
                      </td>
                    );
                  const [isPeak, isPlateau] = [same(peak, row, column), same(plateau, row, column)];
                  const share = Math.round(6 + 50 * strength(one.score));
                  return (
                    <td key={String(value)} className="p-0">
                      <button
                        type="button"
                        data-cell={`${row},${column}`}
                        data-score={one.score}
                        tabIndex={same(first, row, column) ? 0 : -1}
                        aria-pressed={same(there, row, column)}
                        aria-label={`${x.name} ${value}, ${y.name} ${y.values[row]}: ${scoreText(one.score)}${isPeak ? ', the peak' : ''}${isPlateau ? ', the plateau’s choice' : ''}`}
                        onClick={() => setChosen([row, column])}
                        onKeyDown={(event) => walk(event, [row, column])}
                        style={{ backgroundColor: `color-mix(in oklab, var(--accent) ${share}%, var(--panel))` }}
                        className={`figure relative h-9 w-full min-w-13 rounded-[3px] px-1 pt-1 text-ink ${same(there, row, column) ? 'outline-2 outline-ink' : ''}`}
                      >
                        {scoreText(one.score)}
                        {isPeak || isPlateau ? (
                          <span aria-hidden className="absolute inset-x-0 top-0 text-[9px] leading-none">
                            {isPeak ? '◆' : ''}
                            {isPlateau ? '●' : ''}
                          </span>
                        ) : null}
                      </button>
                    </td>
                  );
                })}
              </tr>
            ))}
            <tr>
              <td />
              {x.values.map((value) => (
                <th key={String(value)} scope="col" className="figure pt-0.5 text-center font-normal text-faint">
                  {String(value)}
                </th>
              ))}
            </tr>
          </tbody>
        </table>
      </div>
      <div className="min-h-20 border-t border-line/60 px-3 py-2" aria-live="polite" data-chosen={there === null ? '' : there.join(',')}>
        {cell === null ? (
          <p className="text-xs text-faint">Choose a cell to see its best trial.</p>
        ) : (
          <>
            <p>
              <span className="figure font-semibold">{scoreText(cell.score)}</span>{' '}
              <span className="text-xs text-dim">
                {cell.trials === 1
                  ? 'one trial'
                  : `${map.others === 'best' ? 'the best' : 'the middle'} of ${cell.trials} trials; its best`}
                : {setText(cell.parameters)}
              </span>
            </p>
            {cell.kept ? (
              <RunLink run={cell.run} className="figure text-xs" />
            ) : (
              <>
                <p className="text-xs text-faint">It is no run of the catalogue yet; this makes it one:</p>
                <CommandLine command={`npx retrace ${of.command} ${setFlags(cell.parameters)}`} />
              </>
            )}
          </>
        )}
      </div>
    </>
  );
}

function firstOf(cells: RestPlateau['cells']): Place | null {
  for (const [row, line] of cells.entries()) for (const [column, cell] of line.entries()) if (cell !== null) return [row, column];
  return null;
}
