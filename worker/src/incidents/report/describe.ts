import { chamberLabel, type ChamberId, type Incident } from '@dtdqm/contract';

/** Where an incident is, as people say it, e.g. `W-2 MB1 S03, layers 9-12, wires 5-9`. */
export function placeOf({ wheel, station, sector, layers, wires }: Incident): string {
  const chamber = chamberLabel({ wheel, station, sector } as ChamberId);
  const where = `${layers.length > 1 ? 'layers' : 'layer'} ${ranges(layers)}`;
  if (wires === null) return `${chamber}, ${where}`;
  return `${chamber}, ${where}, ${wires.first === wires.last ? `wire ${wires.first}` : `wires ${wires.first}-${wires.last}`}`;
}

/** What an incident rests on, in a few words. */
export function evidenceOf({ evidence, firstRun, lastRun }: Incident): string {
  const { score, ratio, sightings, flickers } = evidence;
  return [
    ratio === null ? null : `${Math.round(ratio * 100)} % of the expected hits`,
    score === null ? null : `P(bad) ${score.toFixed(2)}`,
    `seen in ${sightings} runs, ${firstRun} to ${lastRun}`,
    flickers ? 'comes and goes' : null,
  ]
    .filter((part) => part !== null)
    .join(', ');
}

/** What people said of it, in a few words; empty when nobody did. */
export function saidOf({ acknowledgedBy, shelf, knownBad }: Incident): string {
  return [
    knownBad ? 'known to be bad' : null,
    shelf === null ? null : `shelved by ${shelf.owner} until ${shelf.until.slice(0, 16)}Z: ${shelf.reason}`,
    acknowledgedBy === null ? null : `acknowledged by ${acknowledgedBy}`,
  ]
    .filter((part) => part !== null)
    .join('; ');
}

/** `1-4, 9` of 1, 2, 3, 4, 9. */
export function ranges(numbers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(', ');
}
