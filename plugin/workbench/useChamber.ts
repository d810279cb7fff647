import { useMemo } from 'react';
import type { DataFrame } from '@grafana/data';
import type { ChamberData, ChamberHistory, ChamberOfRun } from '@dtdqm/contract';
import { chamberParams } from '../src/api/monitorApi.ts';
import { api } from '../src/api/send.ts';
import { useQuery, type Query } from '../src/components/useQuery.ts';
import { chamberFrames, historyFrame } from './frames.ts';

export interface ShownChamber {
  query: Query<ChamberData>;
  /** Null before it is known. */
  history: ChamberHistory | null;
  /** The run that it is compared with; null when there is none. */
  comparedRun: number | null;
  /** What the chamber panel reads. */
  frames: DataFrame[];
}

/**
 * A chamber of a run with its recent history, and one of those runs to compare it with.
 *
 * @param choose of its history the run to compare with, given that the chamber is shown in `run`.
 */
export function useChamber(
  chamber: ChamberOfRun,
  choose: (history: ChamberHistory, run: number) => number | null,
): ShownChamber {
  const key = chamberParams(chamber);
  const query = useQuery(key, () => api.chamber(chamber));
  const { data: history } = useQuery(`history ${key}`, () => api.recent(chamber));
  const comparedRun = history ? choose(history, chamber.run) : null;
  const compared = useQuery(`compared ${comparedRun} ${key}`, async () =>
    comparedRun === null ? null : api.chamber({ ...chamber, run: comparedRun }),
  );
  const frames = useMemo(
    () => [
      ...(query.data ? chamberFrames(query.data) : []),
      ...(compared.data ? chamberFrames(compared.data, 'comparison').slice(0, 1) : []),
      ...(history ? [historyFrame(history)] : []),
    ],
    [query.data, compared.data, history],
  );
  return { query, history, comparedRun, frames };
}
