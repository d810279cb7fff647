import { allChambers, chamberLabel, formatChamber } from '@dtdqm/contract';
import { hitsOf } from '@dtdqm/worker/pipeline/look';
import { chance, integer, randomOf, uniform } from '@dtdqm/contract/random';
import {
  LumisectionCounter,
  checkRunScript,
  lumisectionSeconds,
  type RunScript,
} from '@dtdqm/simulator/detector';
import { exposureOf, newWatch, watchLook, type WatchChange } from '@dtdqm/detector';
import { looksAt } from './trips.ts';

/** What is told of a whole detector in which nothing happens but that the rate falls, pauses and is scanned. */
export function falseChanges(seed: string, hours: number, pollSeconds: number): string[] {
  const scripts = runsOf(seed, hours);
  const told = scripts.flatMap((script, index) => changesIn(script, index + 1, seed, pollSeconds));
  const all = scripts.reduce((sum, { lumisections }) => sum + lumisections, 0);
  const taken = (all * lumisectionSeconds) / 3600;
  const rate = (told.length / taken) * 24;
  return [
    `${told.length} changes told in ${taken.toFixed(1)} h of data taking of ${allChambers.length} chambers without faults, ${scripts.length} runs: ${rate.toFixed(2)} in 24 h.`,
    ...told.map((each) => `- ${each}`),
  ];
}

/** All chambers, look by look: each is told what the others let expect. */
function changesIn(script: RunScript, run: number, seed: string, pollSeconds: number): string[] {
  const watched = allChambers.map((chamber) => {
    const runSeed = `${seed}:quiet:${run}:${formatChamber(chamber)}`;
    const counter = new LumisectionCounter({ chamber, buildSeed: `${seed}/quiet`, runSeed, script });
    return { chamber, looks: looksAt(counter, script, pollSeconds), watch: newWatch() };
  });
  const told: string[] = [];
  for (;;) {
    const shown = watched.flatMap((each) => {
      const { value } = each.looks.next();
      return value ? [{ each, look: value, watch: each.watch, hits: hitsOf(value.counts) }] : [];
    });
    if (shown.length === 0) return told;
    const exposure = exposureOf(shown);
    for (const { each, look } of shown) {
      const said = watchLook(each.watch, { ...look, exposure });
      each.watch = said.watch;
      for (const change of said.changes) {
        told.push(
          `${chamberLabel(each.chamber)} run ${run} lumisection ${look.to.lumisection}: ${inWords(change)}`,
        );
      }
    }
  }
}

const inWords = ({ kind, layers, wires, ratio }: WatchChange) =>
  `${kind} of layers ${layers.join(', ')}${wires ? ` wires ${wires.first}-${wires.last}` : ''}, ratio ${ratio.toFixed(2)}`;

/** Runs of half an hour to ten hours, together as long as asked for; some with a pause, some with a scan in which few hits come. */
function runsOf(seed: string, hours: number): RunScript[] {
  const random = randomOf(seed, 'quiet runs');
  const scripts: RunScript[] = [];
  for (let left = (hours * 3600) / lumisectionSeconds; left > 60;) {
    const lumisections = Math.min(Math.ceil(left), integer(random, 77, 1545));
    left -= lumisections;
    const end = lumisections * lumisectionSeconds;
    const spanOf = (longest: number, level: number) => {
      const from = uniform(random, 0, 0.9 * end);
      return { from, to: from + uniform(random, 60, longest), level };
    };
    const rate = [
      ...(chance(random, 0.4) ? [spanOf(3600, 0)] : []),
      ...(chance(random, 0.3) ? [spanOf(900, uniform(random, 0.02, 0.3))] : []),
    ];
    scripts.push(checkRunScript({ lumisections, halfLifeHours: uniform(random, 7, 15), rate }));
  }
  return scripts;
}
