import { createAgreementReport } from '../learning/agreement/agreementReport.ts';
import { createProgressReader } from '../learning/queue/progress.ts';
import helmet from 'koa-helmet';
import Koa, { type Middleware } from 'koa';
import compress from 'koa-compress';
import { docsRoutes } from './docs.ts';
import { healthRoutes } from './health.ts';
import { pageRoutes, sendToGrafana, serveWorkbench } from './workbench.ts';
import { chamberRoutes } from './chambers.ts';
import { incidentRoutes } from './incidents.ts';
import { labelRoutes } from './labels.ts';
import { modelRoutes } from './models.ts';
import { originalRoutes } from './original.ts';
import { queueRoutes } from './queue.ts';
import { statisticsRoutes } from './statistics.ts';
import { runRoutes } from './runs.ts';
import { sliceRoutes } from './slices.ts';
import type { Route, ApiDeps } from './route.ts';

import { createAuthenticate } from './auth.ts';
import { countAnswerTimes, measureRequests } from './measureRequests.ts';
import { answerErrors } from './errors.ts';
import { createRateLimiter, createSemaphore } from './limits.ts';
import { createRunEvents } from './stream.ts';
import { mountRoutes } from './mount.ts';

/** Everything that the API answers. Of two paths that fit a request, the one that stands first takes it. */
export const allRoutes: readonly Route[] = [
  ...healthRoutes,
  ...runRoutes,
  ...chamberRoutes,
  ...sliceRoutes,
  ...incidentRoutes,
  ...labelRoutes,
  ...queueRoutes,
  ...modelRoutes,
  ...statisticsRoutes,
  ...originalRoutes,
  ...docsRoutes,
  ...pageRoutes,
];

/** Pages need nothing but themselves: no script, no other site, no frame. The documentation loosens this for itself. */
function securityHeaders(): Middleware {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: ["'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    // Said by whatever ends TLS in front of us; over plain HTTP browsers ignore it.
    strictTransportSecurity: false,
    crossOriginResourcePolicy: { policy: 'same-origin' },
  });
}

export interface App {
  koa: Koa;
  /** Ends event streams, so that the server can close. */
  stop(): Promise<void>;
}

/** The API as a Koa application; listening is server.ts's affair. */
export function createApp(deps: ApiDeps): App {
  const { config } = deps;
  const stopping = new AbortController();
  const koa = new Koa();
  // What goes wrong after the answer has begun; everything else is answered by answerErrors.
  koa.on('error', (error: Error) => deps.log.debug({ error }, 'an answer was cut short'));
  const minutes = countAnswerTimes(deps.database, deps.log);
  koa.use(measureRequests({ log: deps.log, metrics: deps.metrics, minutes }));
  koa.use(securityHeaders());
  koa.use(compress({ threshold: 2048 }));
  koa.use(answerErrors(deps.log));
  // With a token people come through Grafana, where the panels are.
  if (config.apiToken !== undefined) koa.use(sendToGrafana(deps.frontAddress));
  else if (deps.workbench) koa.use(serveWorkbench(deps.workbench, deps.log));
  const runEvents = createRunEvents(deps);
  const routes = mountRoutes(allRoutes, {
    deps: {
      ...deps,
      runEvents,
      transfers: createSemaphore(Math.floor(config.databaseConnections / 3) || 1),
      agreement: createAgreementReport(deps.database),
      queueProgress: createProgressReader(deps.database),
    },
    authenticate: createAuthenticate({
      token: config.apiToken,
      grafana:
        config.grafanaUrl === undefined
          ? undefined
          : {
              url: config.grafanaUrl,
              issuer: config.grafanaIssuer ?? config.grafanaUrl,
              audience: config.grafanaAudience,
            },
    }),
    // Without a token there is only this machine, which need not be protected from itself.
    rateLimiter: config.apiToken === undefined ? undefined : createRateLimiter(config.apiRequestsPerMinute),
    stopping: stopping.signal,
  });
  for (const middleware of routes) koa.use(middleware);
  return {
    koa,
    async stop() {
      stopping.abort();
      await Promise.all([runEvents.close(), minutes.stop()]);
    },
  };
}
