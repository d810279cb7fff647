import { useCallback, useEffect, useState } from 'react';
import type { ChamberId, Incident, IncidentAct, IncidentDetail } from '@dtdqm/contract';
import type { MonitorApi } from '../../api/monitorApi.ts';
import { asProblem, type Problem } from '../../api/problem.ts';

/** Incidents change when a run is stored or somebody acts; asked for this often, ms. */
const pace = 10_000;
/** How far back what has healed is shown, ms. */
const healedFor = 24 * 3_600_000;

interface State {
  /** What was asked for, so that the list of another chamber is not taken for this one's. */
  of: string;
  incidents: readonly Incident[] | null;
  asOfRun: number | null;
  problem: Problem | null;
}

/** Incidents, kept up to date. `act` rejects with a Problem; what it answers is in the list at once. */
export function useIncidents(api: MonitorApi, chamber: ChamberId | null, showHealed: boolean) {
  const of = JSON.stringify([chamber, showHealed]);
  const [state, setState] = useState<State>({ of, incidents: null, asOfRun: null, problem: null });
  const [round, setRound] = useState(0);
  const again = useCallback(() => setRound((before) => before + 1), []);
  useEffect(() => {
    let isCurrent = true;
    const since = new Date(Date.now() - healedFor).toISOString();
    const healed = showHealed ? api.healedSince(since) : Promise.resolve([]);
    Promise.all([api.incidents(chamber ?? undefined), healed]).then(
      ([list, over]) => {
        if (!isCurrent) return;
        const own = over.filter((incident) => !chamber || isOf(incident, chamber));
        setState({ of, incidents: [...list.incidents, ...own], asOfRun: list.asOfRun, problem: null });
      },
      (thrown: unknown) =>
        isCurrent &&
        setState((before) => ({
          ...before,
          of,
          incidents: before.of === of ? before.incidents : null,
          problem: asProblem(thrown),
        })),
    );
    const timer = window.setTimeout(again, pace);
    return () => {
      isCurrent = false;
      window.clearTimeout(timer);
    };
    // The key stands for the chamber, which Grafana makes anew with each render.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [api, of, round, again]);
  const act = useCallback(
    async (incident: number, what: IncidentAct): Promise<IncidentDetail> => {
      const detail = await api.actOnIncident(incident, what);
      setState((before) => ({
        ...before,
        incidents:
          before.incidents?.map((each) => (each.incident === incident ? detail.incident : each)) ?? null,
      }));
      // Merging and splitting change others as well.
      again();
      return detail;
    },
    [api, again],
  );
  const own = state.of === of;
  return {
    incidents: own ? state.incidents : null,
    asOfRun: state.asOfRun,
    problem: own ? state.problem : null,
    again,
    act,
  };
}

function isOf(incident: Incident, { wheel, station, sector }: ChamberId): boolean {
  return incident.wheel === wheel && incident.station === station && incident.sector === sector;
}
