import { hardwareAcrossSuperlayers, type AcrossSuperlayers } from './hardware.ts';
import { isNoise } from './noise.ts';
import { rules } from './rules.ts';
import { cellsIn, layersIn, superlayersIn, wireRange } from './spans.ts';
import type { Finding } from './track.ts';

/** Findings that have one cause, and what a kind is called that cannot be the name of them all. */
export interface Joined {
  group: readonly Finding[];
  renamed: AcrossSuperlayers['renamed'];
}

/**
 * Findings of superlayers that are one fault of hardware which serves several: at the same wires and with the same share of
 * hits lost, as the templates say. What may well lie alike by chance stays several.
 *
 * @param findings of one chamber, each of one superlayer at most, the heaviest first.
 * @param superlayers of the chamber.
 */
export function joinAcrossSuperlayers(
  findings: readonly Finding[],
  superlayers: readonly number[],
): Joined[] {
  let alone = [...findings];
  const joined: Joined[] = [];
  for (const template of hardwareAcrossSuperlayers) {
    const needed = template.superlayers === 'all' ? superlayers.length : template.superlayers;
    for (const first of findings) {
      if (!alone.includes(first)) continue;
      const group = groupOf(first, alone, template);
      if (group.length < Math.max(2, needed)) continue;
      joined.push({ group, renamed: template.renamed });
      alone = alone.filter((finding) => !group.includes(finding));
    }
  }
  return [...joined, ...alone.map((finding) => ({ group: [finding], renamed: {} }))];
}

/** The finding and, of each other superlayer, the heaviest that is like all of the group. */
function groupOf(first: Finding, others: readonly Finding[], template: AcrossSuperlayers): Finding[] {
  const group: Finding[] = [];
  for (const finding of [first, ...others]) {
    if (isOfShape(finding, template) && group.every((member) => areAlike(member, finding, template)))
      group.push(finding);
  }
  return group;
}

/** Whether it takes most layers of just one superlayer, as far as the template wants. */
function isOfShape(finding: Finding, { extent, wires }: AcrossSuperlayers): boolean {
  const { spans } = finding;
  const layers = layersIn(spans).length;
  if (isNoise(finding) || superlayersIn(spans).length !== 1 || layers < rules.superlayerLayers) return false;
  if (extent !== 'any' && finding.extent !== extent) return false;
  const perLayer = cellsIn(spans) / layers;
  return perLayer >= (wires?.least ?? 0) && perLayer <= (wires?.most ?? Infinity);
}

function areAlike(a: Finding, b: Finding, { ends, ratio }: AcrossSuperlayers): boolean {
  if (superlayersIn(a.spans)[0] === superlayersIn(b.spans)[0]) return false;
  if (a.ratio === null || b.ratio === null || Math.abs(a.ratio - b.ratio) > ratio) return false;
  const [one, other] = [wireRange(a.spans), wireRange(b.spans)];
  // Superlayers have different numbers of wires: what goes from wall to wall need not end at the same one.
  if (a.extent === 'whole' && b.extent === 'whole') return true;
  return Math.abs(one.first - other.first) <= ends && Math.abs(one.last - other.last) <= ends;
}
