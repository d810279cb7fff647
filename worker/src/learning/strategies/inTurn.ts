import type { CandidateLayer, Urgency } from './strategy.ts';

/**
 * Priorities of chambers that are asked about one after the other before there is an answer to learn from: each of the first `count`
 * in the light of those before it, the rest in the light of all of these. Otherwise the first ten would all be alike.
 *
 * @param chambers layers of each; of a chamber that is asked about its most urgent layer counts as asked.
 * @param aggregate from the urgencies of layers to the priority of their chamber.
 * @returns priorities in the order of the chambers; sorted, they give the order to ask in.
 */
export function prioritiesInTurn(
  chambers: readonly (readonly CandidateLayer[])[],
  urgency: Urgency,
  aggregate: (urgencies: readonly number[]) => number,
  count: number,
): number[] {
  const priorityOf = (index: number) => aggregate(chambers[index]!.map(urgency));
  const priorities = chambers.map((_, index) => priorityOf(index));
  if (urgency.ask === undefined) return priorities;
  const open = new Set(priorities.keys());
  for (let asked = 0; asked < count && open.size > 0; asked += 1) {
    const next = firstInTurn(open, priorities, priorityOf);
    open.delete(next);
    urgency.ask(mostUrgent(chambers[next]!, urgency));
  }
  for (const index of open) priorities[index] = priorityOf(index);
  return priorities;
}

/** As urgencies only ever fall, the first whose priority still holds is the first of all: few are worked out anew. */
function firstInTurn(
  open: ReadonlySet<number>,
  priorities: number[],
  priorityOf: (index: number) => number,
): number {
  for (;;) {
    let first = -1;
    for (const index of open) if (first < 0 || priorities[index]! > priorities[first]!) first = index;
    const now = priorityOf(first);
    if (now >= priorities[first]!) return first;
    priorities[first] = now;
  }
}

function mostUrgent(layers: readonly CandidateLayer[], urgency: Urgency): CandidateLayer {
  return layers.reduce((most, layer) => (urgency(layer) > urgency(most) ? layer : most));
}
