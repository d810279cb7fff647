import {
  formatChamber,
  isRegion,
  noScore,
  type AggregatorName,
  type ChamberId,
  type Fault,
  type StrategyName,
} from '@dtdqm/contract';
import { seededRandom } from '@dtdqm/contract/random';
import { transaction, type Database, type Queryable } from '../../storage/database.ts';
import {
  markQueued,
  putInQueue,
  removeOthers,
  scoredChambers,
  scoresOfRun,
  type QueueEntry,
  type ScoredChamber,
} from '../../storage/queue/entries.ts';
import {
  backgroundFeatures,
  labelledFeatures,
  lockedOrder,
  setPriorities,
  shortlist,
  storedOrder,
  takeStaleOrder,
} from '../../storage/queue/order.ts';
import { layerFeatures } from '../strategies/features.ts';
import {
  aggregators,
  duplicateWeight,
  layerToAskAbout,
  rankChambers,
  type RankOptions,
} from '../strategies/rank.ts';
import {
  defaultStrategy,
  strategies,
  type CandidateLayer,
  type Knowledge,
  excusedLayers,
  type Strategy,
} from '../strategies/strategies.ts';

const backgroundLayers = 400;
/** Labels that a worker learns from, once a minute; a shortlist that somebody waits for makes do with the latest quarter. */
const recentLabels = 2000;
const labelsOfShortlist = 500;
/** Below this the background is the run itself: the queue has too little yet. */
const enoughBackground = 100;
/** More chambers than experts label from one refresh to the next. */
const askedInBetween = 100;

export interface RefreshOptions {
  /** `min`, the most urgent layer alone, unless set. */
  aggregator?: AggregatorName;
}

/**
 * Gives the chambers of a run their places in the queue: of a run that is over those of which something is judged. The rest nobody is asked
 * about: where hits are too few for the detector they are too few for people, and an answer to what is still to grow is none to the
 * whole. To be called after a run was stored or scored by another model;
 * calling it again changes nothing that experts did. Reads one run, so that its cost does not grow with their number.
 * In a transaction, or a change of the strategy meanwhile would leave this run out.
 *
 * @returns how many chambers now have a place.
 */
export async function refreshQueue(
  db: Queryable,
  run: number,
  { aggregator = 'min' }: RefreshOptions = {},
): Promise<number> {
  const scores = await scoresOfRun(db, run);
  if (scores?.in_progress) {
    await removeOthers(db, run, []);
    await markQueued(db, run, scores);
    return 0;
  }
  const chambers = (await scoredChambers(db, run)).map((chamber) => ({
    chamber,
    layers: candidateLayers(chamber),
  }));
  const strategy = knownStrategy((await lockedOrder(db)).strategy);
  const own = chambers.flatMap(({ layers }) => layers.map(({ features }) => features));
  const acquisition = strategy.rank(await gatherKnowledge(db, strategy, run, own));
  const entries = chambers.flatMap(({ chamber, layers }) => {
    const entry = entryOf(chamber, layers);
    return entry === null ? [] : [{ ...entry, priority: aggregators[aggregator](layers.map(acquisition)) }];
  });
  await removeOthers(db, run, entries);
  if (entries.length > 0) await putInQueue(db, entries, duplicateWeight(strategy));
  if (scores !== null) await markQueued(db, run, scores);
  return entries.length;
}

/** The judged layers of a chamber with what strategies look at. */
function candidateLayers(chamber: ScoredChamber): CandidateLayer[] {
  const { matrix, station, scores, randomKey } = chamber;
  const excused = excusedLayers(chamber);
  return layerFeatures(matrix, station).flatMap((features, row) => {
    const score = scores[row] ?? noScore;
    return features === null || score === noScore
      ? []
      : [{ layer: row + 1, score, features, randomKey, excused: excused.get(row + 1) }];
  });
}

/** All of an entry but its priority; null for a chamber without a judged layer. */
function entryOf(
  chamber: ScoredChamber,
  layers: readonly CandidateLayer[],
): Omit<QueueEntry, 'priority'> | null {
  const [first, ...rest] = layers;
  if (first === undefined) return null;
  const { run, wheel, station, sector, faults, randomKey } = chamber;
  const asked = layerToAskAbout([first, ...rest]);
  return {
    run,
    wheel,
    station,
    sector,
    certainty: Math.min(...layers.map(({ score }) => Math.abs(0.5 - score))),
    duplicateKey: duplicateKey(chamber, faults, asked.layer),
    focus: asked.layer,
    score: Math.max(...layers.map(({ score }) => score)),
    features: asked.features,
    randomKey,
  };
}

/** Same text for chambers that look bad in the same way: same chamber, same faults in the same layers. */
export function duplicateKey(chamber: ChamberId, faults: readonly Fault[], focus: number): string {
  const marks = faults
    .filter(isRegion)
    .map(({ kind, layers }) => `${kind}:${[...layers].sort((a, b) => a - b).join('.')}`)
    .sort();
  return [formatChamber(chamber), ...(marks.length > 0 ? marks : [`layer:${focus}`])].join(' ');
}

/**
 * Works out anew, from the labels there are by now, who is next among the chambers that could come soon.
 * For a schedule, or after some labels: a second of work at most, however many chambers wait.
 *
 * @param each how many of the first by each order take part.
 * @returns how many chambers were looked at; none when the strategy in use does not follow labels.
 */
export async function refreshPriorities(
  db: Queryable,
  each = 500,
  { aggregator = 'min' }: RefreshOptions = {},
): Promise<number> {
  const strategy = knownStrategy((await storedOrder(db)).strategy);
  if (!strategy.followsLabels) return 0;
  const options = { aggregator, each, batch: askedInBetween, labels: recentLabels };
  const ranked = await rankShortlist(db, strategy, options);
  const priorities = ranked.map(({ priority }) => priority);
  if (ranked.length > 0) await setPriorities(db, ranked, priorities);
  return ranked.length;
}

/** Chambers that could come soon, the first by this strategy first. */
export async function rankShortlist(
  db: Queryable,
  strategy: Strategy,
  {
    aggregator,
    batch,
    each,
    run,
    labels = labelsOfShortlist,
  }: RankOptions & { each: number; run?: number | undefined; labels?: number },
) {
  const waiting = await shortlist(db, each, run);
  if (waiting.length === 0) return [];
  const own = waiting.map(({ features }) => features);
  const knowledge = await gatherKnowledge(db, strategy, waiting.length, own, labels);
  const priorities = rankChambers(strategy, knowledge, waiting, { aggregator, batch });
  return waiting
    .map((chamber, index) => ({ ...chamber, priority: priorities[index] as number }))
    .sort((a, b) => b.priority - a.priority || a.randomKey - b.randomKey);
}

/**
 * After another strategy was configured: works out priorities by it, run by run and newest first, so that no row is locked for
 * longer than a few ms. Any number of processes share the work, and whoever is killed leaves one run at most to be done again.
 *
 * @returns how many runs were done.
 */
export async function reorderQueue(
  database: Database,
  { aggregator = 'min' }: RefreshOptions = {},
  isStopped: () => boolean = () => false,
): Promise<number> {
  let known: { name: string; knowledge: Knowledge } | undefined;
  for (let runs = 0; ; runs += 1) {
    if (isStopped()) return runs;
    const isMore = await transaction(database, async (client) => {
      const stale = await takeStaleOrder(client);
      if (stale === null) return false;
      const { strategy: name, chambers } = stale;
      const strategy = knownStrategy(name);
      const own = chambers.map(({ features }) => features);
      if (known?.name !== name)
        known = { name, knowledge: await gatherKnowledge(client, strategy, runs, own) };
      const priorities = rankChambers(strategy, known.knowledge, chambers, { aggregator, batch: 0 });
      await setPriorities(client, chambers, priorities);
      return true;
    });
    if (!isMore) return runs;
  }
}

/** The strategy of this name; the default for one that a newer version knows. */
function knownStrategy(name: string): Strategy {
  return strategies[name as StrategyName] ?? strategies[defaultStrategy];
}

async function gatherKnowledge(
  db: Queryable,
  { followsLabels, reads }: Strategy,
  seed: number,
  fallback: readonly (readonly number[])[],
  labels = recentLabels,
): Promise<Knowledge> {
  const random = seededRandom(seed);
  if (reads === 'scores' && !followsLabels) return { labelled: [], background: [], random };
  const stored = await backgroundFeatures(db, backgroundLayers, random());
  const step = Math.max(1, Math.floor(fallback.length / backgroundLayers));
  const background =
    stored.length >= enoughBackground ? stored : fallback.filter((_, index) => index % step === 0);
  const labelled = followsLabels ? await labelledFeatures(db, labels) : [];
  return { labelled, background, random };
}
