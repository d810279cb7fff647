import type { QueueProgress, StrategyName } from '@dtdqm/contract';
import type { Queryable } from '../../storage/database.ts';
import { auditedChambers, countStates, listExperts } from '../../storage/queue/progress.ts';
import { clusteredShare } from '../audit/clusteredShare.ts';

/** How far labelling has come, who did it, and what share of layers is bad by the random draws alone. */
export async function queueProgress(db: Queryable, strategy: StrategyName): Promise<QueueProgress> {
  const [states, experts, audited] = await Promise.all([
    countStates(db),
    listExperts(db),
    auditedChambers(db),
  ]);
  return { ...states, strategy, experts, audit: clusteredShare(audited) };
}
