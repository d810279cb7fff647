import type { AggregatorName } from '@dtdqm/contract';
import type { Queryable } from '../../storage/database.ts';
import { scoredChambers } from '../../storage/queue/candidates.ts';
import { backgroundFeatures, labelledFeatures } from '../../storage/queue/knowledge.ts';
import { dropFromQueue, placeInQueue, type StoredPriorities } from '../../storage/queue/place.ts';
import { markQueued, scoresOfRun } from '../../storage/queue/stale.ts';
import { reprioritise, shortlist } from '../../storage/queue/shortlist.ts';
import { seededRandom } from '@dtdqm/simulator/random/seeded';
import { aggregators } from '../strategies/aggregate.ts';
import { prioritiesInTurn } from '../strategies/inTurn.ts';
import { strategies } from '../strategies/index.ts';
import type { Knowledge } from '../strategies/strategy.ts';
import { candidateLayers, placeJudge } from './judgePlace.ts';

const backgroundLayers = 400;
const recentLabels = 2000;
/** Below this the background is the run itself: the queue has too little yet. */
const enoughBackground = 100;

export interface RefreshOptions {
  /** `min`, the most urgent layer alone, unless set. */
  aggregator?: AggregatorName;
}

/**
 * Gives the chambers of a run their places in the queue. To be called after a run was stored or scored by another model;
 * calling it again changes nothing that experts did. Reads one run, so that its cost does not grow with their number.
 *
 * @returns how many chambers now have a place.
 */
export async function refreshQueue(
  db: Queryable,
  run: number,
  { aggregator = 'min' }: RefreshOptions = {},
): Promise<number> {
  const scores = await scoresOfRun(db, run);
  const chambers = (await scoredChambers(db, run)).map((chamber) => ({
    chamber,
    layers: candidateLayers(chamber),
  }));
  const own = chambers.flatMap(({ layers }) => layers.map(({ features }) => features));
  const judge = placeJudge(await gatherKnowledge(db, run, own), aggregator);
  const places = chambers.flatMap(({ chamber, layers }) => judge(chamber, layers) ?? []);
  await dropFromQueue(db, run);
  if (places.length > 0) await placeInQueue(db, places);
  if (scores !== null) await markQueued(db, run, scores);
  return places.length;
}

/** More chambers than experts label from one refresh to the next. */
const askedInBetween = 100;

/** Strategies whose order changes with every label. */
const learning: (keyof StoredPriorities)[] = ['k-center', 'committee', 'outlier-then-margin'];

/**
 * Works out anew, from the labels there are by now, who is next among the chambers that could come soon.
 * For a schedule, or after some labels: a second of work at most, however many chambers wait.
 *
 * @param each how many of the first by each strategy take part.
 * @returns how many chambers were looked at.
 */
export async function refreshPriorities(db: Queryable, each = 500): Promise<number> {
  const waiting = await shortlist(db, each);
  if (waiting.length === 0) return 0;
  const knowledge = await gatherKnowledge(
    db,
    waiting.length,
    waiting.map(({ features }) => features),
  );
  const layers = waiting.map(({ focus, score, features }) => [{ layer: focus, score, features }]);
  const orders = learning.map((name) => {
    const urgency = strategies[name].prepare(knowledge);
    return [name, prioritiesInTurn(layers, urgency, aggregators.min, askedInBetween)] as const;
  });
  const judged = waiting.map(({ run, wheel, station, sector }, index) => ({
    ...{ run, wheel, station, sector },
    priorities: Object.fromEntries(
      orders.map(([name, priorities]) => [name, priorities[index]]),
    ) as Partial<StoredPriorities>,
  }));
  await reprioritise(db, judged, learning);
  return waiting.length;
}

async function gatherKnowledge(
  db: Queryable,
  seed: number,
  fallback: readonly (readonly number[])[],
): Promise<Knowledge> {
  const random = seededRandom(seed);
  const stored = await backgroundFeatures(db, backgroundLayers, random());
  const step = Math.max(1, Math.floor(fallback.length / backgroundLayers));
  const background =
    stored.length >= enoughBackground ? stored : fallback.filter((_, index) => index % step === 0);
  return { labelled: await labelledFeatures(db, recentLabels), background, random };
}
