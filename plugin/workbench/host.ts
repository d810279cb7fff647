import { appId } from '@dtdqm/contract';
import {
  locationService,
  type BackendSrv,
  type BackendSrvRequest,
  type FetchResponse,
} from '@grafana/runtime';
import { Observable } from 'rxjs';
import { useEffect, useState, type MouseEvent } from 'react';

const proxy = new RegExp(`^/api/plugin-proxy/${appId}/(?:viewer|editor|admin)`);

/**
 * What panels get from Grafana to talk to the monitor with. Here the API is at the same address as the page, so the part of the
 * path that names Grafana's proxy falls away.
 */
export function createBackendSrv(): BackendSrv {
  const host = {
    fetch: <T>(request: BackendSrvRequest) =>
      new Observable<FetchResponse<T>>((subscriber) => {
        // A browser keeps six connections to a server: requests that nobody waits for any more would hold up those that come.
        const abandoned = new AbortController();
        send<T>(request, abandoned.signal).then(
          (answer) => {
            subscriber.next(answer);
            subscriber.complete();
          },
          (thrown: unknown) => subscriber.error(thrown),
        );
        return () => abandoned.abort();
      }),
  };
  return host as unknown as BackendSrv;
}

async function send<T>(config: BackendSrvRequest, signal: AbortSignal): Promise<FetchResponse<T>> {
  const { url, method = 'GET', data } = config;
  const response = await fetch(url.replace(proxy, ''), {
    method,
    signal,
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

export interface Place {
  pathname: string;
  query: URLSearchParams;
}

const readPlace = (): Place => ({
  pathname: window.location.pathname,
  query: new URLSearchParams(window.location.search),
});

/** The address of the page; follows links, panels that set variables, and the browser's back and forward. */
export function useLocation(): Place {
  const [place, setPlace] = useState(readPlace);
  useEffect(() => locationService.getHistory().listen(() => setPlace(readPlace())), []);
  return place;
}

/** Goes to another page of the workbench without loading it anew. */
export function goTo(address: string): void {
  locationService.push(address);
}

/** For `onClick` of links: plain clicks stay in the page, the others (new tab, new window) are the browser's. */
export function followLink(event: MouseEvent<HTMLAnchorElement>): void {
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!isPlain || event.defaultPrevented) return;
  event.preventDefault();
  goTo(event.currentTarget.getAttribute('href') ?? '/');
}

/** Address of a chamber, as options of panels want it. */
export const chamberLink = '/eval/${run}/${wheel}/${sector}/${station}/';
