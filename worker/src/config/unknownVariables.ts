/** Families that are ours alone: an unknown variable there is a mistake. */
const ownFamilies = /^(DTDQM|DQM)_/;
/** Families that we share with other programs: only what nearly is one of our names is a mistake. */
const sharedFamilies = /^(API|DATABASE|LOG)_/;

/**
 * Misspelt variables, each with the name that was probably meant. A typo would otherwise silently be the default.
 *
 * @param names variables that are set.
 * @param known all names that the monitor reads.
 */
export function findUnknownVariables(names: readonly string[], known: readonly string[]): string[] {
  return names.flatMap((name) => {
    if (known.includes(name)) return [];
    const { nearest, distance } = nearestName(name, known);
    if (ownFamilies.test(name)) {
      const hint = distance <= 4 ? `; did you mean ${nearest}?` : '; remove it, or see dtdqm config';
      return [`${name} is not a setting of the monitor${hint}`];
    }
    if (sharedFamilies.test(name) && distance <= 2) {
      return [`${name} is not a setting of the monitor; did you mean ${nearest}?`];
    }
    return [];
  });
}

function nearestName(name: string, known: readonly string[]): { nearest: string; distance: number } {
  return known.reduce(
    (best, candidate) => {
      const distance = editDistance(name, candidate);
      return distance < best.distance ? { nearest: candidate, distance } : best;
    },
    { nearest: '', distance: Infinity },
  );
}

/** Levenshtein distance, row by row. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
