import type { StrategyName } from '@dtdqm/contract';

/** What `next` uses unless told otherwise: the winner of bench/active-learning, whose figures stand there. */
export const defaultStrategy: StrategyName = 'k-center';
