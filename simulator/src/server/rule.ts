import { z } from 'zod';

const milliseconds = z.number().min(0).max(600_000);
const bytes = z.int().min(0);
const layer = z.int().min(1).max(12).default(1);
const wire = z.int().min(1).default(1);

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

/** @throws {RangeError} that names every faulty field. */
export function checkRules(rules: unknown): CheckedRule[] {
  const parsed = ruleListSchema.safeParse(rules);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'rules'}: ${message}`);
  throw new RangeError(`misbehaviour rules: ${faults.join('; ')}`);
}
