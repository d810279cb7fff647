import { superlayerOfLayer } from '@dtdqm/contract';
import { lostIn } from './sighting.ts';
import { joinAcrossSuperlayers } from './acrossSuperlayers.ts';
import { isNoise } from './noise.ts';
import { cellsIn, layersIn, overlap, superlayersIn, union, wireRange, type Spans } from './spans.ts';
import { rules } from './rules.ts';
import type { Finding } from './track.ts';

/**
 * Findings of one chamber in one run that have one cause, taken together: those that tell of the same wires; of layers one
 * above the other at the same wires; all of a superlayer in which most layers are bad, for there the detector, which
 * compares a layer with its siblings, tells where but poorly; and those of superlayers that share hardware.
 *
 * @param superlayers of the chamber.
 */
export function coalesce(findings: readonly Finding[], superlayers: readonly number[]): Finding[] {
  const sorted = [...findings].sort(byWeight);
  const groups: Finding[][] = [];
  for (const finding of sorted) {
    const akin = groups.filter((group) => group.some((other) => haveOneCause(other, finding, findings)));
    for (const group of akin) groups.splice(groups.indexOf(group), 1);
    groups.push([...akin.flat(), finding]);
  }
  const bySuperlayer = groups.map(together).sort(byWeight);
  return joinAcrossSuperlayers(bySuperlayer, superlayers)
    .map(({ group, renamed }) => {
      const whole = together(group);
      return { ...whole, kind: renamed[whole.kind] ?? whole.kind };
    })
    .sort(byWeight);
}

/** By the name of the heaviest. */
function together(group: readonly Finding[]): Finding {
  const [first, ...rest] = [...group].sort(byWeight);
  if (first === undefined) throw new RangeError('a group has findings');
  if (rest.length === 0) return first;
  const spans = group.reduce<Finding['spans']>((all, each) => union(all, each.spans), []);
  const known = group.filter(({ ratio }) => ratio !== null);
  const lost = group.reduce((sum, each) => sum + lostIn(each), 0);
  const scores = group.flatMap(({ score }) => score ?? []);
  return {
    ...first,
    spans,
    extent: rest.every(({ extent }) => extent === first.extent) ? first.extent : 'part',
    ratio: known.length === 0 ? null : Math.max(0, 1 - lost / cellsIn(spans)),
    score: scores.length > 0 ? Math.max(...scores) : null,
  };
}

function haveOneCause(a: Finding, b: Finding, all: readonly Finding[]): boolean {
  if (isNoise(a) || isNoise(b))
    return isNoise(a) && isNoise(b) && overlap(a.spans, b.spans) >= rules.sameOverlap;
  if (areAlike(a.spans, b.spans)) return true;
  const superlayer = superlayersIn(a.spans);
  if (superlayer.length !== 1 || superlayersIn(b.spans).join() !== superlayer.join()) return false;
  const layers = new Set(all.filter((each) => !isNoise(each)).flatMap(({ spans }) => layersIn(spans)));
  const bad = [...layers].filter((layer) => superlayerOfLayer(layer) === superlayer[0]).length;
  return bad >= rules.superlayerLayers || areOneAboveTheOther(a.spans, b.spans);
}

/** Whether sets of wires may be one and the same, seen twice. */
export function areAlike(a: Spans, b: Spans): boolean {
  const [one, other] = [cellsIn(a), cellsIn(b)];
  if (Math.max(one, other) > rules.sameSize * Math.min(one, other)) return false;
  return overlap(a, b) >= rules.sameOverlap;
}

/**
 * Whether both take most layers of the same superlayer and share wires: where all siblings suffer, the detector hardly
 * tells how far, so that its size is no measure.
 */
export function areOfOneSuperlayer(a: Spans, b: Spans): boolean {
  const superlayer = superlayersIn(a);
  if (superlayer.length !== 1 || superlayersIn(b).join() !== superlayer.join()) return false;
  if (Math.min(layersIn(a).length, layersIn(b).length) < rules.superlayerLayers) return false;
  return overlap(a, b) > 0;
}

function areOneAboveTheOther(a: Spans, b: Spans): boolean {
  const [one, other] = [wireRange(a), wireRange(b)];
  const common = Math.min(one.last, other.last) - Math.max(one.first, other.first) + 1;
  const widths = [one, other].map(({ first, last }) => last - first + 1);
  return common >= rules.stackedShare * Math.max(...widths);
}

/** The heaviest first: most wires lost, then the surest, then any order that is the same every time. */
function byWeight(a: Finding, b: Finding): number {
  return (
    lostIn(b) - lostIn(a) || b.confidence - a.confidence || compare(JSON.stringify(a), JSON.stringify(b))
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
