import { docsRoutes } from './docs/routes.ts';
import { healthRoutes } from './health/routes.ts';
import { pageRoutes } from './pages/routes.ts';
import { chamberRoutes } from './chambers/routes.ts';
import { incidentRoutes } from './incidents/routes.ts';
import { labelRoutes } from './labels/routes.ts';
import { modelRoutes } from './models/routes.ts';
import { originalRoutes } from './original/routes.ts';
import { queueRoutes } from './queue/routes.ts';
import { statisticsRoutes } from './statistics/routes.ts';
import { runRoutes } from './runs/routes.ts';
import { metricsRoutes } from '../observe/routes.ts';
import type { Route } from './route.ts';

/** Everything that the API answers. Of two paths that fit a request, the one that stands first takes it. */
export const allRoutes: readonly Route[] = [
  ...healthRoutes,
  ...metricsRoutes,
  ...runRoutes,
  ...chamberRoutes,
  ...incidentRoutes,
  ...labelRoutes,
  ...queueRoutes,
  ...modelRoutes,
  ...statisticsRoutes,
  ...originalRoutes,
  ...docsRoutes,
  ...pageRoutes,
];
