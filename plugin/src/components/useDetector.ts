import { createContext, useContext, useEffect, useState } from 'react';
import type { DetectorState } from '@dtdqm/contract';
import type { MonitorApi } from '../api/monitorApi.ts';
import { Problem } from '../api/problem.ts';
import { useQuery } from './useQuery.ts';

/** How the detector stands, as the monitor last said, and whether it still says so. */
export interface Detector {
  /** The last answer; null before the first. It is old while there is a problem. */
  state: DetectorState | null;
  /** When it came, ms since the epoch; while there has been none, when it was first asked for. An answer that was kept on the way is as old as it was at first. */
  heardAt: number;
  /** What has to be added to the clock of this computer for that of the monitor, ms. */
  clockOffset: number;
  problem: Problem | null;
  refetch: () => void;
}

/** One that is asked for all of a page; where there is none, each panel asks for itself. */
export const DetectorContext = createContext<Detector | null>(null);

/** The state changes when a run is stored or somebody acts; asked for this often, ms. */
const refreshEvery = 10_000;
/** Without anything new for so long, ms, what is shown is old: a computer that slept, a cache on the way. */
const silentAfter = 3 * refreshEvery;
const begunAt = Date.now();

export function useDetector(api: MonitorApi): Detector {
  const shared = useContext(DetectorContext);
  const { data, problem, refetch } = useQuery(
    shared ? 'shared' : 'own',
    async () => (shared ? null : { state: await api.state(), heardAt: Date.now() }),
    {
      ...(shared ? {} : { every: refreshEvery }),
      merge: (before, fresh) =>
        before && fresh && before.state.at === fresh.state.at ? { ...fresh, heardAt: before.heardAt } : fresh,
    },
  );
  const isSilent = useSilence(data?.heardAt ?? null, refetch);
  return (
    shared ?? {
      state: data?.state ?? null,
      heardAt: data?.heardAt ?? begunAt,
      clockOffset: data ? Date.parse(data.state.at) - data.heardAt : 0,
      problem:
        problem ?? (isSilent ? new Problem('silent', `Nothing new within ${silentAfter / 1000} s`) : null),
      refetch,
    }
  );
}

/**
 * Whether nothing was heard for too long. Timers stand still while a computer sleeps and go on where they were, its clock does not;
 * a clock that was put back says as little. Asks again at once when it is so.
 *
 * @param heardAt null while nothing is awaited.
 */
function useSilence(heardAt: number | null, refetch: () => void): boolean {
  const [isSilent, setSilent] = useState(false);
  useEffect(() => {
    if (heardAt === null) return undefined;
    const look = () => setSilent(Math.abs(Date.now() - heardAt) > silentAfter);
    look();
    const timer = window.setInterval(look, 1000);
    return () => window.clearInterval(timer);
  }, [heardAt]);
  useEffect(() => {
    if (isSilent) refetch();
  }, [isSilent, refetch]);
  return isSilent;
}
