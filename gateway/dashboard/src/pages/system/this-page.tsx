/** This page's own line to the gateway. */
import { useLine } from '../../live/live.ts';
import { useSecond } from '../../second.ts';
import { Fact, Facts } from '../../ui/facts.tsx';
import { Panel } from '../../ui/panel.tsx';
import { span } from '../../zone.ts';

export function ThisPage() {
  const { state, epoch, lastHeard, gaps, aheadMs } = useLine();
  const now = useSecond();
  return (
    <Panel title="This page">
      <Facts>
        <Fact name="Line">{state.is === 'open' ? `open for ${span(Math.max(0, now - state.since))}` : state.is}</Fact>
        <Fact name="Last heard">{lastHeard === null ? 'never' : `${span(Math.max(0, now - lastHeard))} ago`}</Fact>
        <Fact name="Messages missing">{gaps === 0 ? 'none' : `${gaps}, each asked for again`}</Fact>
        <Fact name="Gateway’s clock">
          {aheadMs === null
            ? 'not told: this desk has the time of its market'
            : `${span(Math.abs(aheadMs))} ${aheadMs < 0 ? 'behind' : 'ahead of'} this machine’s`}
        </Fact>
        <Fact name="Gateway’s life">
          <code className="figure text-xs break-all whitespace-normal">{epoch ?? '–'}</code>
        </Fact>
      </Facts>
    </Panel>
  );
}
