import { useEffect, useRef, useState } from 'react';
import type { ChamberOfRun } from '@dtdqm/contract';
import { newKey, type LabelApi } from '../../api/monitorApi.ts';
import type { ChamberModel } from '../../heatmap/chamberModel.ts';
import { LabellingController, type LabellingState } from '../../labelling/controller.ts';
import { OutboxStore, type Clock } from '../../labelling/outbox.ts';
import { chamberKey } from '../../labelling/prefetch.ts';
import type { ChamberOptions } from './options.ts';

export interface Labelling {
  controller: LabellingController;
  state: LabellingState;
}

const chambersAhead = 2;

/** The labelling controller of a panel, made when labelling is switched on; null otherwise. */
export function useLabelling(
  api: LabelApi,
  { labelling, blindFirst, strategy }: ChamberOptions,
): Labelling | null {
  const [controller, setController] = useState<LabellingController | null>(null);
  const [state, setState] = useState<LabellingState | null>(null);
  const isOn = labelling !== 'off';
  useEffect(() => {
    if (!isOn) return undefined;
    const made = new LabellingController({
      api,
      store: new OutboxStore(window.localStorage),
      clock: browserClock,
      newKey,
      prefetch: { ahead: chambersAhead, strategy },
      blindFirst,
    });
    const online = () => made.outbox.retry();
    window.addEventListener('online', online);
    // A controller sends what is left in the outbox as soon as it exists, so it is made by an effect and not while rendering.
    // eslint-disable-next-line react-hooks/set-state-in-effect
    setController(made);
    setState(made.state);
    const unsubscribe = made.subscribe(() => setState(made.state));
    return () => {
      window.removeEventListener('online', online);
      unsubscribe();
      made.close();
      setController(null);
    };
  }, [api, isOn, blindFirst, strategy]);
  return controller && state ? { controller, state } : null;
}

const browserClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  schedule: (delay, callback) => {
    const timer = window.setTimeout(callback, delay);
    return () => window.clearTimeout(timer);
  },
};

/** Where the dashboard's variables live; the address bar, in Grafana. */
interface Location {
  partial: (query: Record<string, unknown>, replace?: boolean) => void;
}

/**
 * Keeps controller and dashboard together: going on to the next chamber sets the variables run, wheel, sector and station, so that
 * every panel follows and the address is a deep link; choosing a chamber in the dashboard opens it for labelling.
 */
export function useDashboardSync(
  labelling: Labelling | null,
  mode: ChamberOptions['labelling'],
  shown: ChamberModel | null,
  location: Location,
): void {
  const controller = labelling?.controller ?? null;
  const labelled = labelling?.state.session.task?.chamber ?? null;
  const inDashboard: ChamberOfRun | null =
    shown?.chamber && shown.run !== null ? { run: shown.run, ...shown.chamber } : null;
  const started = useRef<LabellingController | null>(null);
  const announced = useRef<string | null>(null);
  const seen = useRef<string | null>(null);
  const labelledKey = labelled && chamberKey(labelled);
  const dashboardKey = inDashboard && chamberKey(inDashboard);

  useEffect(() => {
    if (!controller || started.current === controller) return;
    if (mode === 'shown' && !inDashboard) return;
    started.current = controller;
    seen.current = dashboardKey;
    if (mode === 'shown' && inDashboard) void controller.open(inDashboard);
    else controller.next();
    // Runs once a controller, as soon as there is a chamber to begin with.
  });

  useEffect(() => {
    if (!labelled || !labelledKey || announced.current === labelledKey) return;
    announced.current = labelledKey;
    if (labelledKey === dashboardKey) return;
    const { run, wheel, sector, station } = labelled;
    location.partial(
      { 'var-run': run, 'var-wheel': wheel, 'var-sector': sector, 'var-station': station },
      true,
    );
  }, [labelled, labelledKey, dashboardKey, location]);

  useEffect(() => {
    if (!controller || started.current !== controller || !inDashboard || seen.current === dashboardKey)
      return;
    seen.current = dashboardKey;
    // Frames that arrive for an earlier step of ours are no choice of the expert's.
    if (dashboardKey !== labelledKey && dashboardKey !== announced.current) void controller.open(inDashboard);
  });
}
