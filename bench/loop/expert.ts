import {
  labelWriteSchema,
  queueNextAnswerSchema,
  queueProgressSchema,
  type ChamberOfRun,
  type Lease,
  type QueueProgress,
  type StrategyName,
} from '@dtdqm/contract';
import { chance, type Random } from '@dtdqm/contract/random';
import type { WorldChamber } from './world.ts';

/** An expert at the API: leases what comes next and answers blind, by the truth but for slips. */
export interface LoopExpert {
  next(count: number): Promise<Lease[]>;
  label(lease: Lease, truth: WorldChamber['truth']): Promise<void>;
  progress(): Promise<QueueProgress>;
}

/** @param slips share of chambers in which one layer, bad ones first, is said to be what it is not. */
export function createLoopExpert(
  { url, token }: { url: string; token: string },
  strategy: StrategyName,
  { slips, random }: { slips: number; random: Random },
): LoopExpert {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'x-dtdqm-role': 'Editor',
    'x-grafana-user': 'expert',
  };
  const send = async (method: string, path: string, body?: object): Promise<unknown> => {
    const answer = await fetch(`${url}/api/v1/${path}`, {
      method,
      headers,
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  return {
    async next(count) {
      return queueNextAnswerSchema.parse(await send('POST', 'queue/next', { strategy, count, blind: true }))
        .leases;
    },
    async label({ lease, reason, ...place }, truth) {
      const verdicts = truth.map((kind, row) => {
        if (kind === undefined) return isBuilt(place, row + 1) ? ('not-sure' as const) : null;
        return kind === null ? ('good' as const) : ('bad' as const);
      });
      if (chance(random, slips)) {
        const said = verdicts.flatMap((verdict, row) => (verdict === 'good' || verdict === 'bad' ? row : []));
        const bad = said.filter((row) => verdicts[row] === 'bad');
        const from = bad.length > 0 ? bad : said;
        const row = from[Math.floor(random() * from.length)]!;
        verdicts[row] = verdicts[row] === 'bad' ? 'good' : 'bad';
      }
      const { run, wheel, station, sector } = place;
      await send(
        'POST',
        'labels',
        labelWriteSchema.parse({
          run,
          wheel,
          station,
          sector,
          verdicts,
          blind: true,
          queueReason: reason.text,
          seconds: 5,
          idempotencyKey: lease.id,
        }),
      );
    },
    progress: async () => queueProgressSchema.parse(await send('GET', 'queue/progress')),
  };
}

const isBuilt = ({ station }: Pick<ChamberOfRun, 'station'> | { station: number }, layer: number) =>
  station !== 4 || layer < 5 || layer > 8;
