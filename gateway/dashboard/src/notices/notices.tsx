/** Tells a person of fills, gate changes and alarms the way they asked for; news of a second is one notice. Draws nothing itself. */
import { useEffect } from 'react';
import type { RowOf } from '#gateway/contracts/rows.ts';
import { live } from '../live/live.ts';
import { spaced, type Tone, toneOf } from '../ui/badge.tsx';
import { toast } from '../ui/toasts.tsx';
import { choiceOf, type NoticeChoices, type NoticeKind, useNotices } from './choices.ts';
import { sound } from './sound.ts';

type News = Readonly<{ tone: Tone; text: string }>;
const GATHER_MS = 1_000;
const TITLES: Record<NoticeKind, readonly [one: string, many: string]> = {
  fills: ['A fill', 'fills'],
  gate: ['The gate moved', 'moves of the gate'],
  alarms: ['An alarm', 'alarms'],
};

export function Notices() {
  const chosen = useNotices();
  useEffect(() => {
    const ends: (() => void)[] = [];
    const wants = (kind: NoticeKind) => [...chosen].some((one) => one.startsWith(`${kind} `));
    const teller = (kind: NoticeKind) => {
      const { hear, end } = gathered(kind, chosen);
      ends.push(end);
      return hear;
    };
    if (wants('fills')) {
      const hear = teller('fills');
      ends.push(
        live.fresh('decisions', (_, row) => {
          const { type, said } = row as RowOf<'decisions'>;
          if (type === 'OrderFilled') hear({ tone: 'accent', text: said });
        }),
      );
    }
    if (wants('gate')) {
      const hear = teller('gate');
      const before = new Map<string, string>();
      // what is painted is still as it was before this row
      const painted = (key: string) => live.picture('gate', '*').rows.find((told) => told.key === key)?.row.state;
      ends.push(
        live.fresh('gate', (key, told) => {
          const row = told as RowOf<'gate'>;
          const last = before.get(key) ?? painted(key);
          before.set(key, row.state);
          if (last === undefined || last === row.state) return;
          const where = row.scope === 'global' ? 'everything' : row.of;
          hear({
            tone: toneOf(row.state),
            text: `${where}: ${spaced(last)} → ${spaced(row.state)}${row.reasons.length === 0 ? '' : `, ${row.reasons.map(({ cause }) => cause).join(', ')}`}`,
          });
        }),
      );
    }
    if (wants('alarms')) {
      const hear = teller('alarms');
      ends.push(
        live.fresh('alerts', (_, row) => {
          const { severity, text } = row as RowOf<'alerts'>;
          hear({ tone: severity === 'critical' ? 'stop' : severity === 'warning' ? 'warn' : 'calm', text });
        }),
      );
    }
    return () => {
      for (const end of ends) end();
    };
  }, [chosen]);
  return null;
}

function gathered(kind: NoticeKind, chosen: NoticeChoices): Readonly<{ hear: (news: News) => void; end: () => void }> {
  let waiting: News[] = [];
  let timer: number | null = null;
  const tell = (): void => {
    timer = null;
    const news = waiting;
    waiting = [];
    const last = news.at(-1)!;
    const [one, many] = TITLES[kind];
    const title = news.length === 1 ? one : `${news.length} ${many}`;
    if (chosen.has(choiceOf(kind, 'page'))) toast(last.tone, title, last.text);
    if (chosen.has(choiceOf(kind, 'sound'))) sound(kind);
    if (chosen.has(choiceOf(kind, 'system')) && 'Notification' in window && Notification.permission === 'granted')
      new Notification(`${document.documentElement.dataset['mode'] ?? ''} · ${title}`, { body: last.text, tag: `retrace ${kind}` });
  };
  return {
    hear(news) {
      waiting.push(news);
      timer ??= window.setTimeout(tell, GATHER_MS);
    },
    end() {
      if (timer !== null) window.clearTimeout(timer);
    },
  };
}
