import Koa from 'koa';
import compress from 'koa-compress';
import { createAuthenticate } from './auth/authenticate.ts';
import type { ApiDeps } from './deps.ts';
import { countAnswerTimes } from './http/answerTimes.ts';
import { answerErrors } from './http/errors.ts';
import { createPlaces } from './http/places.ts';
import { createRateLimit } from './http/rateLimit.ts';
import { logRequests } from './http/requestLog.ts';
import { securityHeaders } from './http/securityHeaders.ts';
import { sendToGrafana, serveWorkbench } from './workbench.ts';
import { createRunEvents } from './stream.ts';
import { mountRoutes } from './mount.ts';
import { allRoutes } from './routes.ts';
import { measureRequests } from '../observe/measureRequests.ts';

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
  koa.use(logRequests(deps.log));
  koa.use(measureRequests(deps.metrics));
  const answerTimes = countAnswerTimes(deps.database, deps.log);
  koa.use(answerTimes.middleware);
  koa.use(securityHeaders());
  koa.use(compress({ threshold: 2048 }));
  koa.use(answerErrors(deps.log));
  // With a token people come through Grafana, where the panels are.
  if (config.apiToken !== undefined) koa.use(sendToGrafana(deps.frontAddress));
  else if (deps.workbench) koa.use(serveWorkbench(deps.workbench, deps.log));
  const runEvents = createRunEvents(deps);
  const routes = mountRoutes(allRoutes, {
    deps: { ...deps, runEvents, transfers: createPlaces(Math.floor(config.databaseConnections / 3) || 1) },
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
    rateLimit: config.apiToken === undefined ? undefined : createRateLimit(config.apiRequestsPerMinute),
    stopping: stopping.signal,
  });
  for (const middleware of routes) koa.use(middleware);
  return {
    koa,
    async stop() {
      stopping.abort();
      await Promise.all([runEvents.close(), answerTimes.stop()]);
    },
  };
}
