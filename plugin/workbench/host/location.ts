import { useEffect, useState, type MouseEvent } from 'react';
import { locationService } from '@grafana/runtime';

export interface Place {
  pathname: string;
  query: URLSearchParams;
}

const read = (): Place => ({
  pathname: window.location.pathname,
  query: new URLSearchParams(window.location.search),
});

/** The address of the page; follows links, panels that set variables, and the browser's back and forward. */
export function useLocation(): Place {
  const [place, setPlace] = useState(read);
  useEffect(() => locationService.getHistory().listen(() => setPlace(read())), []);
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
