import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Link,
  Navigate,
} from '@tanstack/react-router';
import { useAnswer } from '../data/index.ts';
import { Answer, Empty, PageHead } from '../kit/index.ts';
import { PageTrouble, Shell } from './shell.tsx';

const root = createRootRoute({ component: Shell, notFoundComponent: NoSuchPage });

/** Below an environment. */
const inside = createRoute({ getParentRoute: () => root, path: '/$environment' });

const routes = root.addChildren([
  createRoute({ getParentRoute: () => root, path: '/', component: First }),
  createRoute({
    getParentRoute: () => root,
    path: '/environments',
    component: lazyRouteComponent(() => import('../pages/environments/index.tsx'), 'Page'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/audit',
    component: lazyRouteComponent(() => import('../pages/audit/index.tsx'), 'Page'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/access',
    component: lazyRouteComponent(() => import('../pages/access/index.tsx'), 'Page'),
  }),
  inside.addChildren([
    createRoute({
      getParentRoute: () => inside,
      path: '/',
      component: () => <Navigate to="release" from="/$environment" />,
    }),
    createRoute({
      getParentRoute: () => inside,
      path: '/release',
      component: lazyRouteComponent(() => import('../pages/release/index.tsx'), 'Page'),
    }),
    createRoute({
      getParentRoute: () => inside,
      path: '/release/$number',
      component: lazyRouteComponent(() => import('../pages/release/index.tsx'), 'Page'),
    }),
    createRoute({
      getParentRoute: () => inside,
      path: '/system',
      component: lazyRouteComponent(() => import('../pages/system/index.tsx'), 'Page'),
    }),
    createRoute({
      getParentRoute: () => inside,
      path: '/history',
      component: lazyRouteComponent(() => import('../pages/history/index.tsx'), 'Page'),
    }),
    createRoute({
      getParentRoute: () => inside,
      path: '/recovery',
      component: lazyRouteComponent(() => import('../pages/recovery/index.tsx'), 'Page'),
    }),
    createRoute({
      getParentRoute: () => inside,
      path: '/logs',
      component: lazyRouteComponent(() => import('../pages/logs/index.tsx'), 'Page'),
    }),
    createRoute({
      getParentRoute: () => inside,
      path: '/checks',
      component: lazyRouteComponent(() => import('../pages/checks/index.tsx'), 'Page'),
    }),
    createRoute({
      getParentRoute: () => inside,
      path: '/flags',
      component: lazyRouteComponent(() => import('../pages/flags/index.tsx'), 'Page'),
    }),
  ]),
]);

/** Search parameters are free text for each page: no page is broken by a wrong one. */
export const router = createRouter({
  routeTree: routes,
  defaultPreload: 'intent',
  defaultErrorComponent: PageTrouble,
  defaultPendingMs: 200,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

/** `/` is the release page of the first environment. */
function First() {
  const control = useAnswer('GET /v1/control', {});
  return (
    <Answer of={control}>
      {({ environments: [first] }) =>
        first === undefined ? (
          <Empty title="No environment is declared.">
            <p>Declare one in fairway.config.ts, then look again.</p>
          </Empty>
        ) : (
          <Navigate to="/$environment/release" params={{ environment: first }} replace />
        )
      }
    </Answer>
  );
}

function NoSuchPage() {
  return (
    <div className="page">
      <PageHead title="There is no such page">
        The address may be old. <Link to="/">Go to the release page</Link>, or press ? for all pages.
      </PageHead>
    </div>
  );
}
