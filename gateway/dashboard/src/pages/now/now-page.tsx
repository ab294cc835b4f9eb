/** What the desk knows at this moment, and why it may or may not act. */
import { Page } from '../../ui/panel.tsx';
import { Alerts } from './alerts.tsx';
import { Decisions } from './decisions.tsx';
import { Equity } from './equity.tsx';
import { Feeds } from './feeds.tsx';
import { Gate } from './gate.tsx';
import { Positions } from './positions.tsx';

export function NowPage() {
  return (
    <Page title="Now" className="lg:h-full">
      <Feeds />
      <div className="grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)] gap-2 lg:grid-cols-[minmax(0,5fr)_minmax(0,6fr)]">
        <div className="flex min-h-0 flex-col gap-2 lg:overflow-y-auto [&>*]:shrink-0">
          <Equity />
          <Gate />
          <Positions />
          <Alerts />
        </div>
        <Decisions />
      </div>
    </Page>
  );
}
