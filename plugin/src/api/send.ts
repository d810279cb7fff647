import { getBackendSrv } from '@grafana/runtime';
import { firstValueFrom, throwError, timeout } from 'rxjs';
import { monitorApi, proxyPath, type Send } from './monitorApi.ts';
import { Problem, problemOf } from './problem.ts';

/** A request that takes longer, ms, has failed: the outbox would rather try again than wait. An export may be large. */
const timeoutFor = (path: string) => (path.includes('/export') ? 120_000 : 10_000);

/** Sends through Grafana: its proxy adds the token, the user and the role that the route demands. */
const grafanaSend: Send = async (method, path, body) => {
  const first = timeoutFor(path);
  const late = () => throwError(() => new Problem('unreachable', `No answer within ${first / 1000} s`));
  const request = getBackendSrv().fetch<unknown>({
    url: proxyPath(method, path),
    method,
    ...(body === undefined ? {} : { data: body }),
    showErrorAlert: false,
    showSuccessAlert: false,
  });
  try {
    return (await firstValueFrom(request.pipe(timeout({ first, with: late })))).data;
  } catch (thrown) {
    throw problemFrom(thrown);
  }
};

/** The monitor, asked through Grafana; the workbench stands in for Grafana there. */
export const api = monitorApi(grafanaSend);

/** What Grafana's `fetch` rejects with, or anything else that was thrown, as a Problem. */
function problemFrom(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  const {
    status = 0,
    statusText,
    data,
    headers,
  } = (thrown ?? {}) as {
    status?: number;
    statusText?: string;
    data?: unknown;
    headers?: { get?: (name: string) => string | null };
  };
  if (status < 100) return new Problem('unreachable', statusText || 'The connection broke off');
  return problemOf(status, data, headers?.get?.('retry-after') ?? null);
}
