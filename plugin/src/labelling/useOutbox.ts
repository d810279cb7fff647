import { useEffect, useState } from 'react';
import type { LabelApi } from '../api/monitorApi.ts';
import { Outbox, OutboxStore, type Clock, type OutboxStatus } from './outbox.ts';

export const browserClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  schedule: (delay, callback) => {
    const timer = window.setTimeout(callback, delay);
    return () => window.clearTimeout(timer);
  },
};

export interface OpenOutbox {
  outbox: Outbox;
  status: OutboxStatus;
}

/** An outbox of this browser, which sends what was left in it too; null before the first effect. */
export function useOutbox(api: LabelApi): OpenOutbox | null {
  const [open, setOpen] = useState<OpenOutbox | null>(null);
  useEffect(() => {
    const outbox = new Outbox(api, new OutboxStore(window.localStorage), browserClock);
    const tell = () => setOpen({ outbox, status: outbox.status });
    const online = () => outbox.retry();
    window.addEventListener('online', online);
    outbox.subscribe(tell);
    tell();
    return () => {
      window.removeEventListener('online', online);
      outbox.close();
      setOpen(null);
    };
  }, [api]);
  return open;
}
