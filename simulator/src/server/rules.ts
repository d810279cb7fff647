import { z } from 'zod';
import { parseChamber } from '@dtdqm/contract';

const milliseconds = z.number().min(0).max(600_000);
const bytes = z.int().min(0);
const layer = z.int().min(1).max(12).default(1);
const wire = z.int().min(1).default(1);

const dataset = '/Global/Online/ALL';
/** One of each kind that was seen, or that a fault of the server could bring. */
const oddEntries: z.infer<ReturnType<typeof z.json>>[] = [
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
  /** The DQM job was started anew after so many fetches: from then on there are only the hits that came since the last of them. */
  z.strictObject({ do: z.literal('restart'), afterFetches: z.int().min(1).default(1) }),
  /**
   * Parts of the run were put together anew: for so many fetches these layers show what they showed two fetches before, the others go on.
   */
  z.strictObject({
    do: z.literal('merge'),
    layers: z.array(z.int().min(1).max(12)).min(1).default([1]),
    afterFetches: z.int().min(2).default(2),
    fetches: z.int().min(1).default(1),
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
