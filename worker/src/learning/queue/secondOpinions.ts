import type { SecondOpinion } from '@dtdqm/contract';
import type { Queryable } from '../../storage/database.ts';
import { doubtedChambers, type DoubtedLayer } from '../../storage/queue/secondOpinions.ts';

/**
 * Chambers whose label did not teach because all that is known speaks against it: they teach when they were said twice, so somebody is asked once
 * more.
 *
 * @param blind whether it stays untold what was said, and what speaks against it.
 */
export async function secondOpinions(
  db: Queryable,
  { expert, blind }: { expert: string; blind: boolean },
): Promise<SecondOpinion[]> {
  const chambers = await doubtedChambers(db, expert);
  return chambers.map(({ labels, ...chamber }) => ({
    ...chamber,
    reason: blind ? 'A second opinion: what was said of this chamber did not teach.' : reasonFor(labels),
    labels: blind ? [] : labels,
  }));
}

/** "labelled bad in layer 3, 4 by ana; the model and the labels of other runs say good". */
function reasonFor(labels: readonly DoubtedLayer[]): string {
  const told = (['bad', 'good'] as const).flatMap((label) => {
    const those = labels.filter((each) => each.label === label);
    if (those.length === 0) return [];
    const against =
      label === 'bad'
        ? 'the model and the labels of other runs say good'
        : 'the labels of other runs say bad';
    const layers = those.map(({ layer }) => layer).join(', ');
    return `labelled ${label} in layer${those.length > 1 ? 's' : ''} ${layers} by ${those[0]!.expert}; ${against}`;
  });
  return `A second opinion: ${told.join('; ')}.`;
}
