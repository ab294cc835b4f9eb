/** THE list of pages: the nav, the palette, the keys and the addresses are made of it. A page is a file of its own, loaded when it is opened. */
import { lazyRouteComponent } from '@tanstack/react-router';
import {
  CandlestickChart,
  FileCode2,
  FlaskConical,
  Gauge,
  HelpCircle,
  History,
  ListChecks,
  type LucideIcon,
  Server,
  Settings,
  ShieldAlert,
  Wallet,
} from 'lucide-react';
import type { Role } from './session.ts';

export type PageSpec = Readonly<{
  /** Its address; `/` is where one lands. */
  path: `/${string}`;
  /** A part of its address below that names one thing: `$run`. */
  below?: `$${string}`;
  title: string;
  /** What it answers, in a few words; the palette finds it by these too. */
  about: string;
  icon: LucideIcon;
  /** Behind `g`: `g n` goes to Now. */
  key: string;
  /** Who sees it at all. */
  least: Role;
  page: ReturnType<typeof lazyRouteComponent>;
}>;

export const PAGES: readonly PageSpec[] = [
  {
    path: '/',
    title: 'Now',
    about: 'feeds, gate, positions, equity, decisions as they are made',
    icon: Gauge,
    key: 'n',
    least: 'viewer',
    page: lazyRouteComponent(() => import('./pages/now/now-page.tsx'), 'NowPage'),
  },
  {
    path: '/chart',
    title: 'Chart',
    about: 'candles in every version, orders, fills and refusals at their prices, trades',
    icon: CandlestickChart,
    key: 'c',
    least: 'viewer',
    page: lazyRouteComponent(() => import('./pages/chart/chart-page.tsx'), 'ChartPage'),
  },
  {
    path: '/orders',
    title: 'Orders',
    about: 'what works, what was, the life of an order; place, change, cancel',
    icon: ListChecks,
    key: 'o',
    least: 'viewer',
    page: lazyRouteComponent(() => import('./pages/orders/orders-page.tsx'), 'OrdersPage'),
  },
  {
    path: '/explain',
    title: 'Explain',
    about: 'why: a decision, an order, a moment; down to the tick, with the machine and the bytes',
    icon: HelpCircle,
    key: 'e',
    least: 'viewer',
    page: lazyRouteComponent(() => import('./pages/explain/explain-page.tsx'), 'ExplainPage'),
  },
  {
    path: '/risk',
    title: 'Risk',
    about: 'limits and what is used of them, why trading is blocked, orders that were refused',
    icon: ShieldAlert,
    key: 'r',
    least: 'viewer',
    page: lazyRouteComponent(() => import('./pages/risk/risk-page.tsx'), 'RiskPage'),
  },
  {
    path: '/portfolio',
    title: 'Portfolio',
    about: 'accounts, equity and drawdown, positions, trades, figures with their formulas',
    icon: Wallet,
    key: 'p',
    least: 'viewer',
    page: lazyRouteComponent(() => import('./pages/portfolio/portfolio-page.tsx'), 'PortfolioPage'),
  },
  {
    path: '/strategies',
    title: 'Strategies',
    about: 'every strategy with its text, checked while it is written; versions, what differs, a backtest',
    icon: FileCode2,
    key: 's',
    least: 'viewer',
    page: lazyRouteComponent(() => import('./pages/strategies/strategies-page.tsx'), 'StrategiesPage'),
  },
  {
    path: '/replay',
    title: 'Replay',
    about: 'a recorded day watched again on one clock: scrub, step, jump, branch',
    icon: History,
    key: 'd',
    least: 'viewer',
    page: lazyRouteComponent(() => import('./pages/replay/replay-page.tsx'), 'ReplayPage'),
  },
  {
    path: '/runs',
    below: '$run',
    title: 'Runs',
    about: 'backtests, branches and sweeps: what they were worth, two compared, the plateau of a search',
    icon: FlaskConical,
    key: 'u',
    least: 'viewer',
    page: lazyRouteComponent(() => import('./pages/runs/runs-page.tsx'), 'RunsPage'),
  },
  {
    path: '/system',
    title: 'System',
    about: 'the process, its journal, disk and breaker, every actor with its state and rate, the log',
    icon: Server,
    key: 'y',
    least: 'viewer',
    page: lazyRouteComponent(() => import('./pages/system/system-page.tsx'), 'SystemPage'),
  },
  {
    path: '/settings',
    title: 'Settings',
    about: 'users, tokens, sessions, notices',
    icon: Settings,
    key: ',',
    least: 'viewer',
    page: lazyRouteComponent(() => import('./pages/settings/settings-page.tsx'), 'SettingsPage'),
  },
];

/** The page an address belongs to. */
export const pageAt = (address: string): PageSpec | undefined =>
  PAGES.find(({ path, below }) => address === path || (below !== undefined && address.startsWith(`${path}/`)));
