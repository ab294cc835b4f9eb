/** Of what this browser tells its person, and how. */
import { useState } from 'react';
import { choiceOf, chooseNotice, NOTICE_KINDS, NOTICE_WAYS, type NoticeKind, type NoticeWay, useNotices } from '../../notices/choices.ts';
import { sound } from '../../notices/sound.ts';
import { Panel } from '../../ui/panel.tsx';

const KINDS: Record<NoticeKind, string> = { fills: 'Fills', gate: 'The gate moves', alarms: 'Alarms' };
const WAYS: Record<NoticeWay, string> = { page: 'On the page', system: 'By the system', sound: 'By a tone' };

export function NoticeChoicesPanel() {
  const chosen = useNotices();
  const [refused, setRefused] = useState(false);
  const choose = async (kind: NoticeKind, way: NoticeWay, on: boolean): Promise<void> => {
    if (on && way === 'system') {
      const granted = 'Notification' in window && (await Notification.requestPermission()) === 'granted';
      setRefused(!granted);
      if (!granted) return;
    }
    if (on && way === 'sound') sound(kind); // so sounds it; and this touch lets the page be heard
    chooseNotice(kind, way, on);
  };
  return (
    <Panel title="Notices" count="in this browser">
      <table className="w-full text-sm">
        <caption className="sr-only">Of what this browser tells you, and how</caption>
        <thead>
          <tr className="text-2xs text-faint">
            <th scope="col" className="px-3 py-1.5 text-left font-medium">
              Of
            </th>
            {NOTICE_WAYS.map((way) => (
              <th key={way} scope="col" className="px-3 py-1.5 text-center font-medium">
                {WAYS[way]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {NOTICE_KINDS.map((kind) => (
            <tr key={kind} className="border-t border-line/60">
              <th scope="row" className="px-3 py-1.5 text-left font-normal">
                {KINDS[kind]}
              </th>
              {NOTICE_WAYS.map((way) => (
                <td key={way} className="px-3 py-1.5 text-center">
                  <input
                    type="checkbox"
                    aria-label={`${KINDS[kind]}: ${WAYS[way].toLowerCase()}`}
                    checked={chosen.has(choiceOf(kind, way))}
                    onChange={({ target }) => void choose(kind, way, target.checked)}
                    className="size-4 accent-(--accent)"
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {refused ? (
        <p role="alert" className="border-t border-line px-3 py-2 text-xs text-warn">
          The browser does not let this page show notices. Allow them for this address in its settings, then choose it again.
        </p>
      ) : null}
      <p className="border-t border-line/60 px-3 py-2 text-xs text-faint">
        What happens within a second is told as one notice. News from while the line was away is not told again: it stands in Now.
      </p>
    </Panel>
  );
}
