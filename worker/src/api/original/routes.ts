import type { Route } from '../route.ts';
import { fetchRoutes } from './fetchRuns.ts';
import { layersFileRoutes, listRoutes } from './lists.ts';
import { manageRoutes } from './manage.ts';
import { nextRoutes } from './next.ts';
import { userScoreRoutes } from './userScores.ts';
import { visualizeRoutes } from './visualize.ts';

/** The end-points of the tool that this monitor replaces; they stand before `/eval/:run`, which would take words for numbers. */
export const originalRoutes: readonly Route[] = [
  ...nextRoutes,
  ...userScoreRoutes,
  ...listRoutes,
  ...fetchRoutes,
  ...manageRoutes,
  ...layersFileRoutes,
  ...visualizeRoutes,
];
