import { drawIndex, type Random } from '@dtdqm/simulator/random/seeded';
import { fitLogistic, type Example, type Head } from './logistic.ts';

/** Heads that each saw another bootstrap sample of the examples; none where one class is missing. */
export function fitCommittee(examples: readonly Example[], random: Random, members = 5): Head[] {
  const bad = examples.filter((example) => example.bad);
  const good = examples.filter((example) => !example.bad);
  if (bad.length < 2 || good.length < 2) return [];
  // Drawn within each class: a sample without bad layers would teach nothing.
  const draw = (from: readonly Example[]) => from.map(() => from[drawIndex(random, from.length)] as Example);
  return Array.from({ length: members }, () => fitLogistic([...draw(bad), ...draw(good)]));
}
