import type { Span } from '@dtdqm/contract';
import { overlap } from './spans.ts';

/** An incident as far as it can be told again after a replay. */
export interface Identity {
  id: number;
  chamber: string;
  spans: Span[];
  firstRun: number;
  lastRun: number;
}

/**
 * Gives the incidents of a replay the numbers that they had before it, wherever one was about the same wires at about the
 * same time; the rest get new ones. Links and messages that name a number stay right when a run arrives late.
 *
 * @param fresh incidents with provisional (negative) numbers, in the order in which they were opened.
 * @param next gives a number that was never used.
 * @returns the number of each provisional one.
 */
export function reconcile(
  fresh: readonly Identity[],
  stored: readonly Identity[],
  next: () => number,
): Map<number, number> {
  const numbers = new Map<number, number>();
  const free = new Set(stored);
  const pairs = fresh
    .flatMap((incident) =>
      stored
        .filter(({ chamber }) => chamber === incident.chamber)
        .map((known) => ({ incident, known, likeness: likeness(incident, known) })),
    )
    .filter(({ likeness }) => likeness > 0)
    .sort((a, b) => b.likeness - a.likeness || a.known.id - b.known.id || b.incident.id - a.incident.id);
  for (const { incident, known } of pairs) {
    if (numbers.has(incident.id) || !free.has(known)) continue;
    numbers.set(incident.id, known.id);
    free.delete(known);
  }
  for (const { id } of fresh) if (!numbers.has(id)) numbers.set(id, next());
  return numbers;
}

function likeness(a: Identity, b: Identity): number {
  const wires = overlap(a.spans, b.spans);
  const runs = Math.min(a.lastRun, b.lastRun) - Math.max(a.firstRun, b.firstRun);
  if (wires === 0 || runs < 0) return 0;
  const sameStart = a.firstRun === b.firstRun ? 1 : 0;
  return (
    wires + sameStart + (runs + 1) / (Math.max(a.lastRun, b.lastRun) - Math.min(a.firstRun, b.firstRun) + 1)
  );
}
