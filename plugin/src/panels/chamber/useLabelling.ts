import { createContext, useEffect, useMemo, useRef, useState, type MouseEvent } from 'react';
import type { ChamberOfRun } from '@dtdqm/contract';
import { newKey, type LabelApi } from '../../api/monitorApi.ts';
import type { ChamberModel } from '../../heatmap/chamberModel.ts';
import type { LabelPlace } from '../../labelling/address.ts';
import { LabellingController, type LabellingState } from '../../labelling/controller.ts';
import { OutboxStore } from '../../labelling/outbox.ts';
import { chamberKey, unsavedAnswer } from '../../labelling/session.ts';
import { browserClock } from '../../labelling/useOutbox.ts';
import type { ChamberOptions } from './options.ts';

export interface Labelling {
  controller: LabellingController;
  state: LabellingState;
}

const chambersAhead = 2;

/** The labelling controller of a panel, made when labelling is switched on; null otherwise. */
export function useLabelling(
  api: LabelApi,
  { labelling, secondOpinions, blindFirst, strategy }: ChamberOptions,
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
      prefetch: { ahead: chambersAhead, strategy, blindFirst, secondOpinions },
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
  }, [api, isOn, secondOpinions, blindFirst, strategy]);
  return controller && state ? { controller, state } : null;
}

/** Where the dashboard's variables live; the address bar, in Grafana. */
interface Location {
  partial: (query: Record<string, unknown>, replace?: boolean) => void;
}

/** What names the chamber that is labelled, so that an address leads to it. */
export interface LabelPlacing {
  /** What is named; null for nothing. */
  named: LabelPlace | null;
  /** Names something else from here on. */
  name: (place: LabelPlace) => void;
  /** Where it is listed what labels would do; nowhere when absent. */
  preview?: { href: string; follow: (event: MouseEvent<HTMLAnchorElement>) => void };
}

/** Set by a page that has an address of its own for what is labelled. */
export const LabelPlacingContext = createContext<LabelPlacing | null>(null);

/** The dashboard's variables run, wheel, sector and station: every panel follows them, and they stand in the address. */
export function useDashboardPlacing(shown: ChamberModel | null, location: Location): LabelPlacing {
  return useMemo(() => {
    const chamber = shown?.chamber && shown.run !== null ? { run: shown.run, ...shown.chamber } : null;
    return {
      named: chamber && { chamber, answer: null, audit: false },
      name({ chamber: { run, wheel, sector, station } }) {
        const [own, other] = [{ run, wheel, sector, station }, chamber];
        if (other && chamberKey(own as ChamberOfRun) === chamberKey(other)) return;
        location.partial(
          { 'var-run': run, 'var-wheel': wheel, 'var-sector': sector, 'var-station': station },
          true,
        );
      },
    };
  }, [shown, location]);
}

/** Keeps controller and address together: what is labelled is named, and what the expert chooses by address is opened. */
export function useLabelPlace(
  labelling: Labelling | null,
  mode: ChamberOptions['labelling'],
  { named, name }: LabelPlacing,
): void {
  const controller = labelling?.controller ?? null;
  const session = labelling?.state.session;
  const task = session?.task ?? null;
  const answer = useMemo(() => (session ? unsavedAnswer(session) : null), [session]);
  const started = useRef<LabellingController | null>(null);
  const announced = useRef<string | null>(null);
  /** Chambers that were named here and have not come back yet: those are no choice of the expert's. */
  const underWay = useRef<string[]>([]);
  const seen = useRef<string | null>(null);
  const namedKey = named && chamberKey(named.chamber);
  const ownKey = task && chamberKey(task.chamber);

  useEffect(() => {
    if (!controller || started.current === controller) return;
    if (mode === 'shown' && !named) return;
    started.current = controller;
    seen.current = namedKey;
    if (mode === 'shown' && named) void controller.open(named);
    else controller.next();
    // Runs once a controller, as soon as there is a chamber to begin with.
  });

  useEffect(() => {
    if (!task) return;
    const place = { chamber: task.chamber, answer, audit: task.audit };
    const said = JSON.stringify(place);
    if (announced.current === said) return;
    announced.current = said;
    const key = chamberKey(task.chamber);
    if (key !== (underWay.current.at(-1) ?? seen.current)) underWay.current.push(key);
    name(place);
  }, [task, answer, name]);

  useEffect(() => {
    if (!controller || started.current !== controller || !named || seen.current === namedKey) return;
    seen.current = namedKey;
    const at = underWay.current.lastIndexOf(namedKey ?? '');
    underWay.current.splice(0, at + 1);
    if (at < 0 && namedKey !== ownKey) void controller.open(named);
  });
}
