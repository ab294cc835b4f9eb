/** Which of the page's faces is shown: asking, the way in, or the desk; and the addresses of the desk's pages. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createRootRoute, createRoute, createRouter, Link, RouterProvider } from '@tanstack/react-router';
import { Compass } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { Problem } from './api.ts';
import { SecondStepAsker } from './entrance/second-step.tsx';
import { Waiting } from './entrance/waiting.tsx';
import { PAGES } from './pages.ts';
import { askWho, useSession } from './session.ts';
import { Frame } from './shell/frame.tsx';
import { Empty, Failed, Loading } from './ui/states.tsx';
import { parseSearch, searchText } from './view.ts';

const SignIn = lazy(() => import('./entrance/sign-in.tsx').then(({ SignIn }) => ({ default: SignIn })));
const FirstRun = lazy(() => import('./entrance/first-run.tsx').then(({ FirstRun }) => ({ default: FirstRun })));

const root = createRootRoute({
  component: Frame,
  notFoundComponent: () => (
    <Empty icon={Compass} title="No page is at this address.">
      <Link to="/" className="text-accent underline">
        Go to Now
      </Link>
    </Empty>
  ),
});

const router = createRouter({
  routeTree: root.addChildren(
    PAGES.flatMap(({ path, below, page }) =>
      [path, ...(below === undefined ? [] : [`${path}/${below}`])].map((each) =>
        createRoute({ getParentRoute: () => root, path: each, component: page }),
      ),
    ),
  ),
  parseSearch,
  stringifySearch: searchText,
  defaultPendingComponent: () => <Loading lines={5} />,
  defaultPendingMs: 150,
  defaultErrorComponent: ({ error, reset }) => (
    <div className="p-4">
      <Failed error={error} again={reset} />
    </div>
  ),
});

/** What is asked for once is kept as it was answered; nothing is asked again by itself. */
const queries = new QueryClient({
  defaultOptions: {
    queries: {
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      refetchInterval: false,
      staleTime: Number.POSITIVE_INFINITY,
      retry: (failures, error) => failures < 1 && error instanceof Problem && error.status === 0,
    },
  },
});

export function App() {
  const session = useSession();
  if (session.is === 'asking') return <Waiting />;
  if (session.is === 'failed') return <Waiting error={session.error} again={() => void askWho()} />;
  const { who } = session;
  if (!who.signedIn) {
    const first = window.location.pathname === '/first-run';
    return <Suspense fallback={<Waiting />}>{first ? <FirstRun /> : <SignIn who={who} />}</Suspense>;
  }
  return (
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
      <SecondStepAsker />
    </QueryClientProvider>
  );
}
