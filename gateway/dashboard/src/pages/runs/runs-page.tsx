/** Runs: which there are, one of them whole, two beside each other, and what a search over parameters found. Which of these stands in the address. */
import { useNavigate, useParams } from '@tanstack/react-router';
import { lazy, Suspense, useCallback } from 'react';
import { Page } from '../../ui/panel.tsx';
import { Loading } from '../../ui/states.tsx';
import { useView } from '../../view.ts';
import { BegunHere } from './begun-here.tsx';
import { Catalogue } from './catalogue.tsx';
import { Sweeps } from './sweeps.tsx';

const OneRun = lazy(() => import('./one-run.tsx').then(({ OneRun }) => ({ default: OneRun })));
const Compare = lazy(() => import('./compare.tsx').then(({ Compare }) => ({ default: Compare })));
const Plateau = lazy(() => import('./plateau.tsx').then(({ Plateau }) => ({ default: Plateau })));

export function RunsPage() {
  const { run } = useParams({ strict: false }) as { run?: string };
  const [view] = useView();
  const navigate = useNavigate();
  const leave = useCallback(() => void navigate({ to: '/runs' } as never), [navigate]);
  const [a, b] = (view['compare'] ?? '').split(',');
  const sweep = view['sweep'];
  return (
    <Page title={run === undefined ? 'Runs' : `Run ${run}`}>
      <Suspense fallback={<Loading lines={8} />}>
        {run !== undefined ? (
          <OneRun key={run} run={run} leave={leave} />
        ) : a !== undefined && b !== undefined && a !== '' ? (
          <Compare key={`${a} ${b}`} a={a} b={b} leave={leave} />
        ) : sweep !== undefined ? (
          <Plateau key={sweep} sweep={sweep} leave={leave} />
        ) : (
          <>
            <BegunHere />
            <Catalogue />
            <Sweeps />
          </>
        )}
      </Suspense>
    </Page>
  );
}
