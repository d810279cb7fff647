import { setMaxListeners } from 'node:events';

/** Signals that each end a request: the caller's own, and the client's when it closes. */
export type Stops = readonly AbortSignal[];

export const isStopped = (stops: Stops) => stops.some((stop) => stop.aborted);

/**
 * Calls back at the first signal; the function returned takes it all back. By hand, because a signal made by
 * `AbortSignal.any` is kept for as long as the longest-lived of its sources.
 */
export function whenStopped(stops: Stops, callback: () => void): () => void {
  if (isStopped(stops)) callback();
  // One signal may well end all 250 requests of a run; that is no leak.
  setMaxListeners(0, ...stops);
  for (const stop of stops) stop.addEventListener('abort', callback);
  return () => {
    for (const stop of stops) stop.removeEventListener('abort', callback);
  };
}

/** Waits, or less when stopped; never throws, so that whoever comes next reports the stop. */
export async function pause(ms: number, stops: Stops): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      withdraw();
      resolve();
    };
    const timer = setTimeout(done, ms);
    let withdraw = () => {};
    if (isStopped(stops)) return done();
    withdraw = whenStopped(stops, done);
  });
}
