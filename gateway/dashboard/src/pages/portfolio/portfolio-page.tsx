/** What was made of the money: each account with what it gained and paid, the way of its equity, and every figure with its formula. */
import { Page } from '../../ui/panel.tsx';
import { Positions } from '../now/positions.tsx';
import { Accounts } from './accounts.tsx';
import { EquityWay } from './equity-way.tsx';
import { Figures } from './figures.tsx';
import { Trades } from './trades.tsx';

export const PortfolioPage = () => (
  <Page title="Portfolio">
    <Accounts />
    <div className="grid grid-cols-[minmax(0,1fr)] gap-2 lg:grid-cols-2">
      <div className="flex min-w-0 flex-col gap-2">
        <EquityWay />
        <Positions />
        <Trades />
      </div>
      <Figures />
    </div>
  </Page>
);
