import { z } from 'zod';
import { createHash } from 'node:crypto';
import type { Matrix } from '@dtdqm/contract';
import { type Answer, type Tampering, noSuchPlot } from './answer.ts';
import type { Cells } from './histograms.ts';

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
const goesOn = (action: Action) => action.do === 'delay' || action.do === 'grow';

/** Decides which rules hit a request. The same seed and the same requests per address give the same hits. */
export class Misbehaviour {
  readonly #seed: number;
  #rules: Counted[] = [];

  constructor(seed: number, rules: readonly Rule[] = []) {
    this.#seed = seed;
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
    const now = performance.now();
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

/** Changes that the hits of a request make to its histogram. */
export function tamperingOf(hits: readonly Hit[]): Tampering {
  return {
    missing: hits.some(({ action }) => action.do === 'missing'),
    matrix: (matrix) => hits.reduce(grown, matrix),
    cells: (cells) => hits.reduce((soFar, { action }) => changedCells(soFar, action), cells),
  };
}

function grown(matrix: Matrix, { action, before, seconds }: Hit): Matrix {
  if (action.do !== 'grow') return matrix;
  const recorded = action.start + action.perFetch * before + action.perSecond * seconds;
  const share = Math.min(1, Math.floor(recorded) / action.lumisections);
  return matrix.map((row) => row.map((hits) => (hits > 0 ? Math.floor(hits * share) : hits)));
}

function changedCells(cells: Cells, action: Action): Cells {
  switch (action.do) {
    case 'nan':
    case 'inf': {
      const text = action.do === 'nan' ? 'nan' : '"inf"';
      return cells.map((row, y) =>
        row.map((cell, x) => (y === action.layer - 1 && x === action.wire - 1 ? text : cell)),
      );
    }
    case 'wrong-shape':
      return action.ragged ? [...cells.slice(0, -1), (cells.at(-1) ?? []).slice(0, -1)] : cells.slice(0, -1);
    default:
      return cells;
  }
}

const loginPage =
  '<!DOCTYPE html>\n<html><head><title>Sign in to your account</title></head>' +
  '<body><form method="post" action="/auth/login"><input name="username"><input type="password" name="password">' +
  '</form></body></html>\n';

const text = (body: string, type = 'text/plain; charset=utf-8'): Answer => ({
  status: 200,
  headers: { 'content-type': type },
  body,
});

/** Changes that one action makes to the answer as a whole. */
export function tamperedAnswer(answer: Answer, action: Action): Answer {
  switch (action.do) {
    case 'status':
      return {
        status: action.status,
        headers: {
          'content-type': 'text/plain; charset=utf-8',
          ...(action.retryAfterSeconds === undefined
            ? {}
            : { 'retry-after': String(action.retryAfterSeconds) }),
        },
        body: `Status ${action.status}\n`,
      };
    case 'redirect':
      return { status: 302, headers: { location: action.to }, body: '' };
    case 'login-page':
      return text(loginPage, 'text/html; charset=utf-8');
    case 'truncated-json':
      return { ...answer, body: answer.body.slice(0, Math.floor(answer.body.length * action.keep)) };
    case 'invalid-json':
      return { ...answer, body: answer.body.replace(':', '=') };
    case 'unsupported-type':
      return noSuchPlot('classic');
    case 'interrupted':
      return text('"error":"JSON preparing process was interrupted."\n');
    case 'exception':
      return text('Traceback (most recent call last): RuntimeError: failed to read object from index\n');
    default:
      return answer;
  }
}
