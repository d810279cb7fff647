import { getBackendSrv } from '@grafana/runtime';
import { firstValueFrom } from 'rxjs';
import { Problem, problemOf } from './problem.ts';
import { proxyPath, type Method } from './proxyPath.ts';

/** Sends one request to the monitor and gives the body of its answer. Rejects with a Problem. */
export type Send = (method: Method, path: string, body?: unknown) => Promise<unknown>;

/** A request that takes longer, ms, has failed: the outbox would rather try again than wait. An export may be large. */
const patienceFor = (path: string) => (path.includes('/export') ? 120_000 : 10_000);

/** The way through Grafana: its proxy adds the token, the user and the role that the route demands. */
export const grafanaSend: Send = async (method, path, body) => {
  const request = getBackendSrv().fetch<unknown>({
    url: proxyPath(method, path),
    method,
    ...(body === undefined ? {} : { data: body }),
    showErrorAlert: false,
    showSuccessAlert: false,
  });
  try {
    return (await withPatience(firstValueFrom(request), patienceFor(path))).data;
  } catch (thrown) {
    throw problemFrom(thrown);
  }
};

function withPatience<T>(promise: Promise<T>, patience: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Problem('unreachable', `No answer within ${patience / 1000} s`)),
      patience,
    );
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

interface FetchFailure {
  status?: number;
  statusText?: string;
  data?: unknown;
  headers?: { get?: (name: string) => string | null };
}

function problemFrom(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  const { status = 0, statusText = '', data, headers } = (thrown ?? {}) as FetchFailure;
  if (status < 100) return new Problem('unreachable', statusText || 'The connection broke off');
  return problemOf(status, data, headers?.get?.('retry-after') ?? null);
}
