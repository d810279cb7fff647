import type { BackendSrv, BackendSrvRequest, FetchResponse } from '@grafana/runtime';
import { from, type Observable } from 'rxjs';
import { appId } from '@dtdqm/contract';

const proxy = new RegExp(`^/api/plugin-proxy/${appId}/(?:viewer|editor|admin)`);

/**
 * What panels get from Grafana to talk to the monitor with. Here the API is at the same address as the page, so the part of the
 * path that names Grafana's proxy falls away.
 */
export function createBackendSrv(): BackendSrv {
  const host = {
    fetch: <T>(request: BackendSrvRequest): Observable<FetchResponse<T>> => from(send<T>(request)),
  };
  return host as unknown as BackendSrv;
}

async function send<T>(config: BackendSrvRequest): Promise<FetchResponse<T>> {
  const { url, method = 'GET', data } = config;
  const response = await fetch(url.replace(proxy, ''), {
    method,
    headers: {
      Accept: 'application/json',
      ...(data === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(data === undefined ? {} : { body: JSON.stringify(data) }),
  });
  const text = await response.text();
  const { ok, status, statusText, headers, redirected, type } = response;
  const answer = { data: parse(text) as T, ok, status, statusText, headers, redirected, type, url, config };
  // Grafana's own rejects with such an object too.
  if (!ok) throw answer;
  return answer;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
