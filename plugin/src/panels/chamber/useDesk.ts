import { useEffect, useState } from 'react';
import type { MonitorApi } from '../../api/monitorApi.ts';
import { Desk, type DeskState } from '../../labelling/desk.ts';
import { newKey } from '../../labelling/newKey.ts';
import { OutboxStore } from '../../labelling/outboxStore.ts';
import type { ChamberOptions } from './options.ts';

const chambersAhead = 2;

/** The labelling desk of a panel, made when labelling is switched on; null otherwise. */
export function useDesk(
  api: MonitorApi,
  { labelling, blindFirst, strategy }: ChamberOptions,
): { desk: Desk; state: DeskState } | null {
  const [desk, setDesk] = useState<Desk | null>(null);
  const [state, setState] = useState<DeskState | null>(null);
  const isOn = labelling !== 'off';
  useEffect(() => {
    if (!isOn) return undefined;
    const made = new Desk({
      api,
      store: new OutboxStore(window.localStorage),
      clock: browserClock,
      newKey,
      prefetch: { ahead: chambersAhead, strategy },
      blindFirst,
    });
    const online = () => made.outbox.retry();
    window.addEventListener('online', online);
    // A desk sends what is left in the outbox as soon as it exists, so it is made by an effect and not while drawing.
    // eslint-disable-next-line react-hooks/set-state-in-effect
    setDesk(made);
    setState(made.state);
    const unsubscribe = made.subscribe(() => setState(made.state));
    return () => {
      window.removeEventListener('online', online);
      unsubscribe();
      made.close();
      setDesk(null);
    };
  }, [api, isOn, blindFirst, strategy]);
  return desk && state ? { desk, state } : null;
}

const browserClock = {
  now: () => Date.now(),
  random: () => Math.random(),
  later: (milliseconds: number, run: () => void) => {
    const timer = window.setTimeout(run, milliseconds);
    return () => window.clearTimeout(timer);
  },
};
