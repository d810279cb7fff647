import type { AggregatorName, Lease, StrategyName, WaitingChamber } from '@dtdqm/contract';
import type { Queryable } from '../../storage/database.ts';
import {
  leaseFirst,
  leaseRanked,
  reclaimEndedLeases,
  type LeaseQuery,
  type RankedChamber,
  type QueuedChamber,
} from '../../storage/queue/leases.ts';
import { withJudgedScores } from '../../storage/queue/entries.ts';
import { storedOrder } from '../../storage/queue/order.ts';
import { strategies } from '../strategies/strategies.ts';
import { rankShortlist } from './refresh.ts';

interface Draw {
  strategy: StrategyName;
  /** Chambers wanted, 1..10; 1 unless set. */
  count?: number;
  /** Only chambers of this run. */
  run?: number | undefined;
  /** Share of draws made at random instead, 0..1, and of chambers that no strategy takes before them; 0.1 unless set. */
  auditShare?: number;
  /** `min`, the most urgent layer alone, unless set. */
  aggregator?: AggregatorName | undefined;
  /** Whether the reason keeps to itself what follows from scores. */
  blind?: boolean;
  /** Decides which draws are random; Math.random unless set. */
  random?: () => number;
}

interface NextQuery extends Draw {
  expert: string;
  leaseSeconds?: number;
}

/** The chambers that {@link nextChambers} would lease just now; they stay as they are. */
export async function waitingChambers(db: Queryable, query: Draw): Promise<WaitingChamber[]> {
  const drawn = await draw(db, { ...query, expert: null });
  return drawn.map(({ chamber, reason }) => ({ ...placeOf(chamber), reason }));
}

/**
 * Leases the chambers that come next: never one that somebody has leased, labelled or skipped.
 * Fewer than asked for, or none, when the queue runs out.
 *
 * The strategy whose priorities the queue keeps costs one look at an index; any other ranks a shortlist, which serves for 10 s.
 */
export async function nextChambers(db: Queryable, query: NextQuery): Promise<Lease[]> {
  const drawn = await draw(db, query);
  return drawn.map(({ chamber, reason }) => ({
    ...placeOf(chamber),
    lease: { id: chamber.lease_id!, by: query.expert, until: chamber.lease_until!.toISOString() },
    reason,
  }));
}

interface Drawn {
  chamber: QueuedChamber;
  reason: Lease['reason'];
}

/** @param expert who leases them; null leases nothing. */
async function draw(
  db: Queryable,
  {
    strategy,
    count = 1,
    auditShare = 0.1,
    aggregator = 'min',
    blind = false,
    random = Math.random,
    ...query
  }: Omit<NextQuery, 'expert'> & { expert: string | null },
): Promise<Drawn[]> {
  const { storedStrategy, shortlists } = lookNowAndThen(db);
  const stored = await storedStrategy;
  const audits = Array.from({ length: count }, () => random() < auditShare).filter(Boolean).length;
  const take = async (how: StrategyName, wanted: number, audit: boolean) => {
    const lease = (missing: number) => {
      // Random draws come from a part of the chambers that no strategy takes from: it would take the bad ones. Draws of one run keep to it, as their last would end the sample of all.
      const keys = audit ? (query.run === undefined ? {} : { below: auditShare }) : { from: auditShare };
      const wants = { ...query, count: missing, audit, keys };
      if (audit) return leaseFirst(db, 'random', wants);
      if (how === stored) return leaseFirst(db, 'priority', wants);
      return shortlists.lease({ strategy: how, aggregator, ...wants });
    };
    const taken = wanted === 0 ? [] : await lease(wanted);
    if (taken.length < wanted) {
      await reclaimEndedLeases(db);
      taken.push(...(await lease(wanted - taken.length)));
    }
    return taken.map((chamber) => ({ chamber, reason: reasonFor(chamber, how, audit, blind) }));
  };
  const audited = await take('random', audits, true);
  const chosen = await take(strategy, count - audited.length, false);
  // When all others are answered, what is set aside for random draws is left.
  const rest = auditShare === 0 ? [] : await take('random', count - audited.length - chosen.length, true);
  return [...chosen, ...audited, ...rest];
}

interface Known {
  lookedAt: number;
  /** Whose order the queue keeps for every run; null while it changes. */
  storedStrategy: Promise<string | null>;
  shortlists: Shortlists;
}

const lookEveryMs = 1000;
const knownOf = new WeakMap<Queryable, Known>();

/** Ended leases come back, and a change of the stored order is seen, within a second; looking at every call would cost a fifth of it. */
function lookNowAndThen(db: Queryable): Known {
  const now = performance.now();
  const before = knownOf.get(db);
  if (before !== undefined && now - before.lookedAt < lookEveryMs) return before;
  const storedStrategy = Promise.all([storedOrder(db), reclaimEndedLeases(db)]).then(
    ([{ strategy, staleBelow }]) => (staleBelow === null ? strategy : null),
  );
  const known = { lookedAt: now, storedStrategy, shortlists: before?.shortlists ?? new Shortlists(db) };
  knownOf.set(db, known);
  // The callers that await it hear of the failure; the next one looks again.
  storedStrategy.catch(() => (known.lookedAt = -Infinity));
  return known;
}

/** Chambers that no index orders, ranked a while ago. */
interface Shortlist {
  /** Position in the sequence of all requests: tells what it cannot have seen. */
  begun: number;
  rankedAt: number;
  /** First is next, of those that wait when it is asked for. */
  head: readonly RankedChamber[];
  rest: readonly RankedChamber[];
}

interface ShortlistQuery extends LeaseQuery {
  strategy: StrategyName;
  aggregator: AggregatorName;
}

const shortlistEach = 100;
/** After this a shortlist is ranked anew while the old one still serves.. */
const goodForMs = 10_000;
/** .. and after this it serves no longer. */
const staleAfterMs = 60_000;
/** Of one strategy and run each; the one that was ranked first goes. */
const mostShortlists = 50;
/** So many that waited are tried first. When experts have all of these a shortlist is ranked anew while its rest serves. */
const headChambers = 64;

/** Ranks waiting chambers by strategies whose order the queue does not keep. One process of many: others may have taken what it offers. */
class Shortlists {
  readonly #db: Queryable;
  readonly #ranked = new Map<string, Shortlist>();
  readonly #underWay = new Map<string, { begun: number; shortlist: Promise<Shortlist> }>();
  #sequence = 0;

  constructor(db: Queryable) {
    this.#db = db;
  }

  async lease(query: ShortlistQuery): Promise<QueuedChamber[]> {
    const begun = ++this.#sequence;
    const taken: QueuedChamber[] = [];
    for (let shortlist = await this.#current(query); ; shortlist = await this.#rankedAfter(begun, query)) {
      await this.#leaseFrom(shortlist, query, taken);
      // What was ranked since the request came has all that waits.
      if (taken.length === query.count || shortlist.begun > begun) return taken;
    }
  }

  async #leaseFrom({ head, rest }: Shortlist, query: ShortlistQuery, taken: QueuedChamber[]): Promise<void> {
    const lease = async (part: readonly RankedChamber[]) =>
      taken.push(...(await leaseRanked(this.#db, part, { ...query, count: query.count - taken.length })));
    await lease(head);
    if (taken.length === query.count || rest.length === 0) return;
    this.#rankAhead(query);
    await lease(rest);
  }

  #current(query: ShortlistQuery): Promise<Shortlist> {
    const shortlist = this.#ranked.get(keyOf(query));
    const age = shortlist === undefined ? Infinity : performance.now() - shortlist.rankedAt;
    if (shortlist === undefined || age > staleAfterMs) return this.#rankedAfter(-1, query);
    if (age > goodForMs) this.#rankAhead(query);
    return Promise.resolve(shortlist);
  }

  /** Nobody waits for it: whoever does for the next one hears of a failure. */
  #rankAhead(query: ShortlistQuery): void {
    this.#rankedAfter(-1, query).catch(() => undefined);
  }

  /** The shortlist that is being ranked, if that was begun after the request, or a new one. */
  #rankedAfter(request: number, query: ShortlistQuery): Promise<Shortlist> {
    const key = keyOf(query);
    const known = this.#underWay.get(key);
    if (known !== undefined && known.begun > request) return known.shortlist;
    const begun = ++this.#sequence;
    const shortlist = this.#rank(begun, query);
    this.#underWay.set(key, { begun, shortlist });
    const done = () => {
      if (this.#underWay.get(key)?.begun === begun) this.#underWay.delete(key);
    };
    shortlist.then(done, done);
    return shortlist;
  }

  async #rank(begun: number, query: ShortlistQuery): Promise<Shortlist> {
    const chambers = await rankShortlist(this.#db, strategies[query.strategy], {
      ...query,
      each: shortlistEach,
      batch: headChambers,
    });
    // Leased ones may be given back, so they are tried too, but they are no reason to rank anew.
    const waiting = chambers.flatMap(({ isLeased }, index) => (isLeased ? [] : index));
    const end = waiting[headChambers] ?? chambers.length;
    const [head, rest] = [chambers.slice(0, end), chambers.slice(end)];
    const shortlist = { begun, rankedAt: performance.now(), head, rest };
    const key = keyOf(query);
    const former = this.#ranked.get(key);
    if (former === undefined || former.begun < begun) this.#ranked.set(key, shortlist);
    const [oldest] = this.#ranked.keys();
    if (this.#ranked.size > mostShortlists && oldest !== undefined) this.#ranked.delete(oldest);
    return shortlist;
  }
}

const keyOf = ({ strategy, aggregator, run }: ShortlistQuery) => [strategy, aggregator, run].join(' ');

const placeOf = ({ run, wheel, station, sector }: QueuedChamber) => ({ run, wheel, station, sector });

function reasonFor(
  { priority, focus, duplicates, ...chamber }: QueuedChamber,
  strategy: StrategyName,
  audit: boolean,
  blind: boolean,
): Lease['reason'] {
  const { scores, verdicts, faults } = withJudgedScores({
    scores: chamber.scores ?? [],
    verdicts: chamber.verdicts ?? [],
    faults: chamber.faults ?? [],
  });
  const text = audit
    ? 'Drawn at random, to keep the estimate of the share of bad layers honest.'
    : blind
      ? `Chosen by ${strategy.replaceAll('-', ' ')}.`
      : `${strategies[strategy].reason({ focus, scores, verdicts, faults })}${seenBefore(duplicates)}`;
  return { strategy, audit, priority: blind ? null : priority, text };
}

function seenBefore(duplicates: number): string {
  if (duplicates === 0) return '';
  return ` The same was seen ${duplicates === 1 ? 'once' : `${duplicates} times`} before.`;
}
