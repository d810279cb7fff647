import { docsRoutes } from './docs.ts';
import { healthRoutes, metricsRoutes } from './health.ts';
import { pageRoutes } from './workbench.ts';
import { chamberRoutes } from './chambers.ts';
import { incidentRoutes } from './incidents.ts';
import { labelRoutes } from './labels.ts';
import { modelRoutes } from './models.ts';
import { originalRoutes } from './original/routes.ts';
import { queueRoutes } from './queue/routes.ts';
import { statisticsRoutes } from './statistics.ts';
import { runRoutes } from './runs.ts';
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
