import Koa from 'koa';
import compress from 'koa-compress';
import { createAuthenticate } from './auth.ts';
import type { ApiDeps } from './deps.ts';
import { countAnswerTimes, measureRequests } from './measureRequests.ts';
import { answerErrors } from './http/errors.ts';
import { createRateLimiter, createSemaphore } from './limits.ts';
import { securityHeaders } from './http/securityHeaders.ts';
import { sendToGrafana, serveWorkbench } from './workbench.ts';
import { createRunEvents } from './stream.ts';
import { mountRoutes } from './mount.ts';
import { allRoutes } from './routes.ts';

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
    deps: { ...deps, runEvents, transfers: createSemaphore(Math.floor(config.databaseConnections / 3) || 1) },
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
