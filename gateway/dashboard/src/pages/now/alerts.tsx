/** What the desk calls a person for, the newest first. */
import { useLine, useRows } from '../../live/live.ts';
import { Badge } from '../../ui/badge.tsx';
import { useHold } from '../../ui/hold.ts';
import { Moment } from '../../ui/moment.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Rows } from '../../ui/states.tsx';

const TONES = { info: 'calm', warning: 'warn', critical: 'stop' } as const;
const SHOWN = 50;

export function Alerts() {
  const hold = useHold();
  const alerts = hold.keep(useRows('alerts'));
  const { mode } = useLine();
  return (
    <Panel title="Alerts" hold={hold} {...(alerts.known ? { count: alerts.rows.length } : {})} className="max-lg:max-h-80">
      <Rows
        of={alerts}
        empty={<p className="px-3 py-2.5 text-dim">No alert {mode === 'REPLAY' ? 'up to here' : 'since this gateway began'}.</p>}
      >
        {(rows) => (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by the keyboard
          <ul className="h-full overflow-y-auto" tabIndex={0} aria-label="Alerts, newest first">
            {rows
              .slice(-SHOWN)
              .reverse()
              .map(({ key, row }) => (
                <li key={key} className="flex items-baseline gap-2 border-t border-line/60 px-3 py-1 first:border-t-0">
                  <Badge tone={TONES[row.severity]}>{row.severity}</Badge>
                  <span className="min-w-0 flex-1 break-words">
                    {row.text} <span className="text-xs text-faint">{row.topic}</span>
                  </span>
                  <span className="text-xs text-faint">
                    <Moment us={row.at} detail="seconds" />
                  </span>
                </li>
              ))}
          </ul>
        )}
      </Rows>
    </Panel>
  );
}
