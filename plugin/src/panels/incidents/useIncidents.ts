import { useCallback } from 'react';
import {
  isSameChamber,
  type ChamberId,
  type Incident,
  type IncidentAct,
  type IncidentDetail,
} from '@dtdqm/contract';
import type { MonitorApi } from '../../api/monitorApi.ts';
import { useQuery } from '../../components/useQuery.ts';
import { chamberOf } from '../../incidents/inWords.ts';

/** Incidents change when a run is stored or somebody acts; asked for this often, ms. */
const refreshEvery = 10_000;
/** How far back what has healed is shown, ms. */
const healedFor = 24 * 3_600_000;

/** Incidents, kept up to date. `act` rejects with a Problem; what it answers is in the list at once. */
export function useIncidents(api: MonitorApi, chamber: ChamberId | null, showHealed: boolean) {
  const ask = async () => {
    const since = new Date(Date.now() - healedFor).toISOString();
    const [{ incidents, asOfRun }, healed] = await Promise.all([
      api.incidents(chamber ?? undefined),
      showHealed ? api.healedSince(since) : [],
    ]);
    const own = healed.filter((incident) => !chamber || isSameChamber(chamberOf(incident), chamber));
    return { incidents: [...incidents, ...own], asOfRun };
  };
  const key = JSON.stringify([chamber, showHealed]);
  const { data, problem, refetch, update } = useQuery<{
    incidents: readonly Incident[];
    /** Newest run that the incidents are made of; null before the first. */
    asOfRun: number | null;
  }>(key, ask, { every: refreshEvery });
  const act = useCallback(
    async (incident: number, what: IncidentAct): Promise<IncidentDetail> => {
      const detail = await api.actOnIncident(incident, what);
      const replace = (each: Incident) => (each.incident === incident ? detail.incident : each);
      update(({ incidents, asOfRun }) => ({ incidents: incidents.map(replace), asOfRun }));
      // Merging and splitting change others as well.
      refetch();
      return detail;
    },
    [api, update, refetch],
  );
  return { incidents: data?.incidents ?? null, asOfRun: data?.asOfRun ?? null, problem, refetch, act };
}
