import { createHash } from 'node:crypto';
import type { Matrix } from '@dtdqm/contract';
import { type Action, type CheckedRule, type Rule, checkRules } from './rules.ts';

/** One action that hits a request, with how often its rule has hit this address before. */
export interface Hit {
  action: Action;
  before: number;
  /** Seconds since the rule first hit this address. */
  seconds: number;
  /** What the rule remembers of this address. */
  memory: Memory;
}

/** Histograms of one address as they were before a rule changed them. */
export interface Memory {
  /** Of the last two fetches, the older one first. */
  seen: Matrix[];
  /** What is taken away since a restart. */
  base?: Matrix;
}

interface Subject {
  run: number | undefined;
  chamber: string | undefined;
}

interface Counted {
  rule: CheckedRule;
  seen: Map<string, number>;
  hits: Map<string, { count: number; since: number; memory: Memory }>;
  total: number;
}

/** These change the answer and let later rules go on; every other action settles what is sent. */
const goingOn: readonly Action['do'][] = [
  'delay',
  'grow',
  'restart',
  'merge',
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
    const known = hits.get(address) ?? { count: 0, since: now, memory: { seen: [] } };
    const { count: before, since, memory } = known;
    if (rule.count !== undefined && entry.total >= rule.count) return undefined;
    if (rule.countPerAddress !== undefined && before >= rule.countPerAddress) return undefined;
    const lot = rule.probability ?? 1;
    if (lot < 1 && fraction(`${this.#seed} ${index} ${visit} ${address}`) >= lot) return undefined;
    entry.total += 1;
    hits.set(address, { count: before + 1, since, memory });
    return { action: rule.action, before, seconds: (now - since) / 1000, memory };
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
