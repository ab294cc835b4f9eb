/** What each guard cost or saved so far: the day is played again without it, away from the desk, once somebody asks. */
import { type ReactNode, useState } from 'react';
import { type GuardValues, pathOf, useAsked } from '../../asked.ts';
import { useRows } from '../../live/live.ts';
import { Answer, ReadAgain } from '../../ui/answers.tsx';
import { Button } from '../../ui/button.tsx';
import { Figure } from '../../ui/figure.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Empty } from '../../ui/states.tsx';

export function Guards() {
  const accounts = useRows('equity').rows.map(({ row }) => row.account);
  const [account, choose] = useState<string | null>(null);
  return (
    <Panel
      title="What the guards were worth"
      tools={accounts.map((one) => (
        <Button key={one} small look={account === one ? 'main' : 'quiet'} aria-pressed={account === one} onClick={() => choose(one)}>
          {accounts.length === 1 ? 'Work it out' : one}
        </Button>
      ))}
    >
      {account === null ? (
        <p className="px-3 py-2 text-xs text-dim">
          The day so far is played again without each guard that refused something, on the same facts: what it saved, or what it cost. It
          takes a while on a long day, and holds up nothing that trades.
        </p>
      ) : (
        <Worth key={account} account={account} />
      )}
    </Panel>
  );
}

function Worth({ account }: Readonly<{ account: string }>) {
  const asked = useAsked<GuardValues>(pathOf('/api/v1/guards', { account }));
  return (
    <Answer of={asked} lines={4} what="Playing the day again, once without each guard">
      {(data) =>
        data.items.length === 0 ? (
          <Empty title={`No order of ${account} was refused.`}>There is nothing a guard could have saved.</Empty>
        ) : (
          <Values of={data} again={<ReadAgain of={asked} />} />
        )
      }
    </Answer>
  );
}

function Values({ of: data, again }: Readonly<{ of: GuardValues; again: ReactNode }>) {
  return (
    <div className="overflow-x-auto px-3 py-2 text-xs">
      <table className="w-full" aria-label={`What the guards of ${data.account} were worth, as far as number ${data.seq}`}>
        <thead className="text-left text-faint">
          <tr>
            <th className="py-1 font-normal">guard</th>
            <th className="py-1 text-right font-normal">orders refused</th>
            <th className="py-1 text-right font-normal">fills without it</th>
            <th className="py-1 text-right font-normal">saved or cost</th>
          </tr>
        </thead>
        <tbody>
          {data.items.map(({ guard, refused, value, moreFills }) => (
            <tr key={guard} data-guard={guard} className="border-t border-line/60">
              <td className="py-1 font-medium">{guard}</td>
              <td className="figure py-1 text-right">{refused}</td>
              <td className="figure py-1 text-right">{moreFills === null ? '–' : `${moreFills > 0 ? '+' : ''}${moreFills}`}</td>
              <td className="py-1 text-right">
                {value === null ? (
                  <span className="text-faint">nobody can lift it</span>
                ) : (
                  <Figure text={value} signed unit={data.currency} />
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className="mt-2 flex items-baseline gap-2 text-faint">
        <span>As far as number {data.seq}.</span>
        {again}
      </div>
      <details className="mt-1 text-faint">
        <summary>What these figures take for granted</summary>
        <ul className="mt-1 list-disc pl-4">
          {data.assumes.map((one) => (
            <li key={one}>{one}</li>
          ))}
        </ul>
      </details>
    </div>
  );
}
