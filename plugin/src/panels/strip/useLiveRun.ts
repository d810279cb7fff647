import type { RunSlices } from '@dtdqm/contract';
import type { MonitorApi } from '../../api/monitorApi.ts';
import { useNow } from '../../components/controls.tsx';
import { useQuery } from '../../components/useQuery.ts';
import { livenessOf, runInProgress, type Liveness } from '../../strip/liveness.ts';

/** Asked for this often, ms. */
const refreshEvery = 10_000;

/** The run in progress: how far behind it is seen, and what is known of its inside. */
export interface LiveRun {
  run: number;
  liveness: Liveness;
  inside: RunSlices;
}

/**
 * The run in progress, kept up to date. Its age grows by itself: when the monitor does not answer any more, it says so instead of staying young.
 *
 * @returns null before the first answer, `none` when no run is in progress.
 */
export function useLiveRun(api: Pick<MonitorApi, 'runs' | 'runSlices'>): LiveRun | 'none' | null {
  const now = useNow(5000);
  const ask = async () => {
    const found = runInProgress((await api.runs()).runs);
    const inside = found ? await api.runSlices(found.run) : null;
    return { lookedAt: found?.lookedAt ?? null, inside: inside?.live ? inside : null };
  };
  const { data, problem } = useQuery('live run', ask, { every: refreshEvery });
  if (!data) return null;
  const { inside, lookedAt } = data;
  if (!inside) return 'none';
  const liveness: Liveness = problem
    ? { tone: 'stopped', words: 'not known now: the monitor does not answer' }
    : livenessOf(inside, lookedAt, now);
  return { run: inside.run, liveness, inside };
}
