import { z } from 'zod';
import { createHash } from 'node:crypto';
import { parseChamber } from '@dtdqm/contract';

const milliseconds = z.number().min(0).max(600_000);
const bytes = z.int().min(0);
const layer = z.int().min(1).max(12).default(1);
const wire = z.int().min(1).default(1);

const dataset = '/Global/Online/ALL';
/** One of each kind that was seen, or that a fault of the server could bring. */
const oddEntries = [
  ...['abc', 0, -5, 1.5, null, '', 3_000_000_000, '380001:12', true, [380_001], {}].map((run) => ({
    run,
    dataset,
  })),
  { run: 380_001 },
  { run: 380_001, dataset: null },
  { dataset },
  { run: 'abc', dataset: '/Cosmics/Run2026/DQMIO' },
  null,
  7,
  'a line of text',
  [],
];

/** What to do to a request; units stand in the names. */
const actionSchema = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('delay'), ms: milliseconds }),
  /** Sends so many bytes of the body (nothing at all when absent), then falls silent with the connection open. */
  z.strictObject({ do: z.literal('stall'), afterBytes: bytes.optional() }),
  /** Resets the connection after so many bytes of the body; half of it when absent. */
  z.strictObject({ do: z.literal('reset'), afterBytes: bytes.optional() }),
  z.strictObject({
    do: z.literal('status'),
    status: z.int().min(400).max(599),
    retryAfterSeconds: z.number().min(0).optional(),
    /** Stands in the header as it is, e.g. a date. */
    retryAfter: z.string().optional(),
    /** The server's clock: stands in the header Date as it is. There is none when absent. */
    date: z.string().optional(),
  }),
  /** Whatever is given. */
  z.strictObject({
    do: z.literal('answer'),
    status: z.int().min(200).max(599).default(200),
    type: z
      .string()
      .regex(/^[\x20-\x7e]*$/, { error: 'must be printable ASCII' })
      .default('text/plain; charset=utf-8'),
    body: z.string(),
  }),
  z.strictObject({ do: z.literal('truncated-json'), keep: z.number().min(0).max(1).default(0.5) }),
  z.strictObject({ do: z.literal('invalid-json') }),
  /** One cell reads `nan`, unquoted, which is not JSON. */
  z.strictObject({ do: z.literal('nan'), layer, wire }),
  /** One cell is the string "inf". */
  z.strictObject({ do: z.literal('inf'), layer, wire }),
  z.strictObject({ do: z.literal('login-page') }),
  z.strictObject({ do: z.literal('redirect'), to: z.string().min(1) }),
  z.strictObject({ do: z.literal('unsupported-type') }),
  /** "JSON preparing process was interrupted." */
  z.strictObject({ do: z.literal('interrupted') }),
  /** The text of an exception, with status 200. */
  z.strictObject({ do: z.literal('exception') }),
  z.strictObject({ do: z.literal('wrong-shape'), ragged: z.boolean().default(false) }),
  /** The run has no histogram of this chamber. */
  z.strictObject({ do: z.literal('missing') }),
  z.strictObject({ do: z.literal('gzip-bomb'), megabytes: z.int().min(1).max(4096).default(256) }),
  /** The run is still being taken: each fetch of a chamber sees so many lumisections more, until all are there. */
  z.strictObject({
    do: z.literal('grow'),
    lumisections: z.int().min(1).default(100),
    start: z.int().min(0).default(20),
    perFetch: z.number().min(0).default(20),
    perSecond: z.number().min(0).default(0),
    /** Stands still at so many lumisections for so many fetches, or seconds, before it goes on. */
    pauseAt: z.int().min(0).optional(),
    pauseFetches: z.int().min(0).default(0),
    pauseSeconds: z.number().min(0).default(0),
  }),
  /** Each chamber is there for so many fetches and then is not, for so many more; without end when absent. */
  z.strictObject({
    do: z.literal('forget'),
    afterFetches: z.int().min(0).default(1),
    fetches: z.int().min(1).optional(),
  }),
  /** All rows have so many cells more (or fewer) after so many fetches of a chamber. */
  z.strictObject({
    do: z.literal('change-width'),
    by: z.int().min(-40).max(40).default(1),
    afterFetches: z.int().min(0).default(1),
  }),
  /** The content of one chamber stands in the place of all that the rule hits, under their names or under its own. */
  z.strictObject({
    do: z.literal('other-chamber'),
    of: z.string().refine(isChamber, { error: 'must be a chamber such as W-2_St1_Sec3' }),
    named: z.enum(['as-asked', 'as-it-is']).default('as-asked'),
  }),
  /** The new server's cache: an answer given before, unless the request's `notOlderThan` is later than it. */
  z.strictObject({
    do: z.literal('cache'),
    seconds: z.number().min(0).default(3600),
    /** Takes no notice of `notOlderThan`. */
    ignoresAge: z.boolean().default(false),
  }),
  /** Entries of a listing of runs that are no runs; `only` leaves out all others. An empty list and `only`: nothing is listed. */
  z.strictObject({
    do: z.literal('odd-entries'),
    entries: z.array(z.json()).default(oddEntries),
    only: z.boolean().default(false),
  }),
  /** A run of which there is nothing but its entry in the listing. */
  z.strictObject({ do: z.literal('absurd-run'), run: z.int().default(2_147_483_647) }),
  /** So many more runs in the listing, of which there is nothing else. */
  z.strictObject({
    do: z.literal('huge-listing'),
    runs: z.int().min(1).max(5_000_000).default(175_000),
    firstRun: z.int().min(1).default(1),
    /** That of the source's runs when absent. */
    dataset: z.string().optional(),
  }),
]);
export type Action = z.infer<typeof actionSchema>;

/** Which requests an action hits. All conditions that are given must hold. */
const scopeSchema = z.strictObject({
  run: z.int().optional(),
  /** Key of a chamber such as `W-2_St1_Sec3`; `*` stands for anything. */
  chamber: z.string().optional(),
  /** Regular expression over path and query. */
  path: z.string().refine(isRegExp, { error: 'must be a regular expression' }).optional(),
  /** Only the first so many requests that match. */
  count: z.int().min(1).optional(),
  /** Only the first so many requests of each address; does not depend on the order of concurrent requests. */
  countPerAddress: z.int().min(1).optional(),
  /** Share of requests hit, drawn from the seed. */
  probability: z.number().min(0).max(1).optional(),
});

const ruleSchema = scopeSchema.extend({ action: actionSchema });
const ruleListSchema = z.array(ruleSchema);
/** A rule as people write it: defaults may be left out. */
export type Rule = z.input<typeof ruleSchema>;
export type CheckedRule = z.output<typeof ruleSchema>;

function isRegExp(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}

function isChamber(text: string): boolean {
  try {
    parseChamber(text);
    return true;
  } catch {
    return false;
  }
}

/** @throws {RangeError} that names every faulty field. */
export function checkRules(rules: unknown): CheckedRule[] {
  const parsed = ruleListSchema.safeParse(rules);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'rules'}: ${message}`);
  throw new RangeError(`misbehaviour rules: ${faults.join('; ')}`);
}

/** One action that hits a request, with how often its rule has hit this address before. */
export interface Hit {
  action: Action;
  before: number;
  /** Seconds since the rule first hit this address. */
  seconds: number;
}

interface Subject {
  run: number | undefined;
  chamber: string | undefined;
}

interface Counted {
  rule: CheckedRule;
  seen: Map<string, number>;
  hits: Map<string, { count: number; since: number }>;
  total: number;
}

/** These change the answer and let later rules go on; every other action settles what is sent. */
const goingOn: readonly Action['do'][] = [
  'delay',
  'grow',
  'forget',
  'change-width',
  'other-chamber',
  'cache',
  'odd-entries',
  'absurd-run',
  'huge-listing',
];
const goesOn = (action: Action) => goingOn.includes(action.do);

/** Decides which rules hit a request. The same seed and the same requests per address give the same hits. */
export class Misbehaviour {
  readonly #seed: number;
  readonly #now: () => number;
  #rules: Counted[] = [];

  /** @param now time in milliseconds. */
  constructor(seed: number, rules: readonly Rule[] = [], now: () => number = Date.now) {
    this.#seed = seed;
    this.#now = now;
    this.replace(rules);
  }

  get rules(): CheckedRule[] {
    return this.#rules.map(({ rule }) => rule);
  }

  /** @throws {RangeError} that names every faulty field; the rules in force then stay. */
  replace(rules: unknown): void {
    this.#rules = checkRules(rules).map(counted);
  }

  /** @throws {RangeError} as {@link replace}. */
  add(rules: unknown): void {
    this.#rules.push(...checkRules(rules).map(counted));
  }

  /** Actions for a request, in order; only the last can be one that settles the answer. */
  decide(address: string, subject: Subject): Hit[] {
    const hits: Hit[] = [];
    for (const [index, entry] of this.#rules.entries()) {
      if (!matches(entry.rule, address, subject)) continue;
      const hit = this.#draw(index, entry, address);
      if (!hit) continue;
      hits.push(hit);
      if (!goesOn(hit.action)) break;
    }
    return hits;
  }

  #draw(index: number, entry: Counted, address: string): Hit | undefined {
    const { rule, seen, hits } = entry;
    const visit = seen.get(address) ?? 0;
    seen.set(address, visit + 1);
    const now = this.#now();
    const { count: before, since } = hits.get(address) ?? { count: 0, since: now };
    if (rule.count !== undefined && entry.total >= rule.count) return undefined;
    if (rule.countPerAddress !== undefined && before >= rule.countPerAddress) return undefined;
    const lot = rule.probability ?? 1;
    if (lot < 1 && fraction(`${this.#seed} ${index} ${visit} ${address}`) >= lot) return undefined;
    entry.total += 1;
    hits.set(address, { count: before + 1, since });
    return { action: rule.action, before, seconds: (now - since) / 1000 };
  }
}

const counted = (rule: CheckedRule): Counted => ({ rule, seen: new Map(), hits: new Map(), total: 0 });

function matches(rule: CheckedRule, address: string, { run, chamber }: Subject): boolean {
  if (rule.run !== undefined && rule.run !== run) return false;
  if (rule.chamber !== undefined && !(chamber !== undefined && globOf(rule.chamber).test(chamber)))
    return false;
  return rule.path === undefined || new RegExp(rule.path).test(address);
}

function globOf(pattern: string): RegExp {
  const literal = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literal.join('.*')}$`);
}

/** A number in [0, 1) that depends on the text alone, so that the order of concurrent requests does not matter. */
function fraction(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32;
}
