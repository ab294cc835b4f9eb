/** What holds the desk back: the limits and how much of each is used, the scopes that are shut and why, what the guards were worth, and every order that was not let out. */
import { Page } from '../../ui/panel.tsx';
import { Gate } from '../now/gate.tsx';
import { Guards } from './guards.tsx';
import { Limits } from './limits.tsx';
import { Refused } from './refused.tsx';

export const RiskPage = () => (
  <Page title="Risk" className="lg:h-full">
    <div className="grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)] gap-2 lg:grid-cols-2">
      <div className="flex min-h-0 flex-col gap-2 lg:overflow-y-auto [&>*]:shrink-0">
        <Gate />
        <Limits />
        <Guards />
      </div>
      <Refused />
    </div>
  </Page>
);
