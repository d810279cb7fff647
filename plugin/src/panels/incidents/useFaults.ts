import { useCallback, useMemo } from 'react';
import {
  isSameChamber,
  type ChamberId,
  type ChamberSummary,
  type Incident,
  type IncidentAct,
  type IncidentDetail,
  type RunChambers,
} from '@dtdqm/contract';
import type { MonitorApi } from '../../api/monitorApi.ts';
import type { Problem } from '../../api/problem.ts';
import { useQuery, type Query } from '../../components/useQuery.ts';
import { groupsOf, type FaultGroup } from './faults.ts';
import { chamberOf } from './model.ts';

/** Incidents change when a run is stored or somebody acts; asked for this often, ms. */
const refreshEvery = 10_000;
/** How far back what has healed is shown, ms. */
const healedFor = 24 * 3_600_000;

/** Every chamber of a run by how it stands, kept up to date; null while no run is known. */
export function useChambers(api: MonitorApi, run: number | null): Query<RunChambers | null> {
  return useQuery(`chambers ${run}`, async () => (run === null ? null : api.chambers(run)), {
    every: refreshEvery,
  });
}

interface FaultsOptions {
  /** Only those of this chamber. */
  chamber?: ChamberId | null;
  /** Also what has healed in the last 24 hours. */
  showHealed: boolean;
  run: number | null;
  /** Chambers of `run`, of which the unconfirmed ones are listed. */
  chambers: RunChambers | null;
  /** Called when something was done to an incident, as it changes how chambers stand. */
  acted?: () => void;
}

interface Faults {
  /** Null before the first answer. */
  groups: readonly FaultGroup[] | null;
  problem: Problem | null;
  refetch: () => void;
  /** Rejects with a Problem; what it answers is in the list at once. */
  act: (incident: number, what: IncidentAct) => Promise<IncidentDetail>;
}

/** All that is wrong, the loudest first, kept up to date, and the means to act on it. */
export function useFaults(
  api: MonitorApi,
  { chamber = null, showHealed, run, chambers, acted }: FaultsOptions,
): Faults {
  const ask = async () => {
    const since = new Date(Date.now() - healedFor).toISOString();
    const [{ incidents }, healed] = await Promise.all([
      api.incidents(chamber ?? undefined),
      showHealed ? api.report(since).then((report) => report.healed) : [],
    ]);
    return [...incidents, ...healed.filter((incident) => isOf(chamberOf(incident), chamber))];
  };
  const key = JSON.stringify([chamber, showHealed]);
  const { data, problem, refetch, update } = useQuery<readonly Incident[]>(key, ask, { every: refreshEvery });
  const act = useCallback(
    async (incident: number, what: IncidentAct): Promise<IncidentDetail> => {
      const detail = await api.actOnIncident(incident, what);
      update((incidents) => incidents.map((each) => (each.incident === incident ? detail.incident : each)));
      // Merging and splitting change others as well.
      refetch();
      acted?.();
      return detail;
    },
    [api, update, refetch, acted],
  );
  const groups = useMemo(
    () =>
      data &&
      groupsOf(
        data,
        chambers?.chambers.filter((each) => isOf(idOf(each), chamber)),
        run,
      ),
    [data, chambers, chamber, run],
  );
  return { groups, problem, refetch, act };
}

function idOf({ wheel, station, sector }: ChamberSummary): ChamberId {
  return { wheel, station, sector } as ChamberId;
}

function isOf(chamber: ChamberId | null, wanted: ChamberId | null): boolean {
  return wanted === null || (chamber !== null && isSameChamber(chamber, wanted));
}
