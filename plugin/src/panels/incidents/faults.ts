import {
  chamberLabel,
  formatChamber,
  standings,
  kindInWords,
  type ChamberId,
  type ChamberSummary,
  type Incident,
  type Standing,
  type Station,
  isSameChamber,
  type IncidentAct,
  type IncidentDetail,
  type RunChambers,
} from '@dtdqm/contract';
import { chamberOf, placeInWords, standingOf } from './model.ts';
import { useCallback, useMemo } from 'react';
import type { MonitorApi } from '../../api/monitorApi.ts';
import type { Problem } from '../../api/problem.ts';
import { useQuery, type Query } from '../../components/useQuery.ts';

/** One thing that is wrong with a chamber: an incident, or a bad chamber of which no incident tells yet. */
export interface ListedFault {
  /** Number of the incident; where there is none yet, the chamber. */
  key: string;
  /** Null where the whole detector is meant. */
  chamber: ChamberId | null;
  /** Its name for people. */
  name: string;
  standing: Standing;
  incident: Incident | null;
  /** `dead layer`. */
  kind: string;
  /** `layer 3`; '' where it is not known. */
  place: string;
  /** The first run with the fault, and the last one. */
  sinceRun: number | null;
  lastRun: number | null;
}

export interface FaultGroup {
  standing: Standing;
  faults: readonly ListedFault[];
}

/**
 * All that is wrong by how loud it is, each group in the order in which it came (the worst first); empty groups are left out.
 *
 * @param chambers of run `run`: those that the monitor calls unconfirmed are listed beside the incidents.
 */
export function groupsOf(
  incidents: readonly Incident[],
  chambers: readonly ChamberSummary[] = [],
  run: number | null = null,
): FaultGroup[] {
  const all = [
    ...incidents.map(listedIncident),
    ...chambers.filter(({ standing }) => standing === 'unconfirmed').map((each) => unconfirmed(each, run)),
  ];
  return standings
    .map((standing) => ({ standing, faults: all.filter((fault) => fault.standing === standing) }))
    .filter(({ faults }) => faults.length > 0);
}

function listedIncident(incident: Incident): ListedFault {
  return {
    key: String(incident.incident),
    chamber: chamberOf(incident),
    name: incident.chamber,
    standing: standingOf(incident),
    incident,
    kind: kindInWords(incident.kind),
    place: placeInWords(incident),
    sinceRun: incident.firstRun,
    lastRun: incident.lastRun,
  };
}

function unconfirmed(summary: ChamberSummary, run: number | null): ListedFault {
  const { wheel, station, sector, sinceRun, badLayers, faults, kind } = summary;
  const chamber = { wheel, station, sector } as ChamberId;
  const fault = faults?.find((each) => each.kind === kind);
  return {
    key: formatChamber(chamber),
    chamber,
    name: chamberLabel(chamber),
    standing: 'unconfirmed',
    incident: null,
    kind: kindInWords(kind ?? 'unnamed'),
    place: fault
      ? placeInWords({ station: station as Station, layers: fault.layers, wires: fault.wires })
      : `${badLayers ?? 0} of its layers`,
    sinceRun,
    lastRun: run,
  };
}

/** `in this run`; `not in this run, last in 380006`; `not known of this run, ...` where it could not be judged there. */
export function seenInWords({ lastRun, standing, incident }: ListedFault, run: number | null): string {
  if (lastRun === null || run === null || standing === 'healed') return '';
  if (lastRun >= run) return 'in this run';
  return `not ${incident?.inNewestRun === null ? 'known of' : 'in'} this run, last in ${lastRun}`;
}

/** A line for the logbook. @param address of the chamber. */
export function logbookLine(fault: ListedFault, run: number | null, address: string): string {
  const { name, kind, place, sinceRun, standing, incident } = fault;
  const said = [
    [kind, place].filter(Boolean).join(', '),
    sinceRun === null ? '' : `since run ${sinceRun}`,
    seenInWords(fault, run),
    incident ? `${standing} (incident ${incident.incident})` : standing,
  ];
  return `${name}: ${said.filter(Boolean).join('; ')}. ${address}`;
}

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
