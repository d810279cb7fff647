import { createContext, useContext } from 'react';
import type { DetectorState } from '@dtdqm/contract';
import type { MonitorApi } from '../api/monitorApi.ts';
import type { Problem } from '../api/problem.ts';
import { useQuery } from './useQuery.ts';

/** How the detector stands, as the monitor last said, and whether it still says so. */
export interface Detector {
  /** The last answer; null before the first. It is old while there is a problem. */
  state: DetectorState | null;
  /** When it came, ms since the epoch; while there has been none, when it was first asked for. */
  heardAt: number;
  problem: Problem | null;
  refetch: () => void;
}

/** One that is asked for all of a page; where there is none, each panel asks for itself. */
export const DetectorContext = createContext<Detector | null>(null);

/** The state changes when a run is stored or somebody acts; asked for this often, ms. */
const refreshEvery = 10_000;
const begunAt = Date.now();

export function useDetector(api: MonitorApi): Detector {
  const shared = useContext(DetectorContext);
  const { data, problem, refetch } = useQuery(
    shared ? 'shared' : 'own',
    async () => (shared ? null : { state: await api.state(), heardAt: Date.now() }),
    shared ? {} : { every: refreshEvery },
  );
  return shared ?? { state: data?.state ?? null, heardAt: data?.heardAt ?? begunAt, problem, refetch };
}
