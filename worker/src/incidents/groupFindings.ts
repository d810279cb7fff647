import { superlayerOfLayer } from '@dtdqm/contract';
import { sumOf } from '@dtdqm/contract/numbers';
import { hardwareAcrossSuperlayers, type AcrossSuperlayers } from './hardware.ts';
import { joinInRun } from './inRun.ts';
import { cellsIn, layersIn, overlap, superlayersIn, normalise, wireRange, type Spans } from './spans.ts';
import { isNoise, lostIn, rules, type Finding, type Sighting, type Track, type View } from './track.ts';

/**
 * Findings of one chamber in one run that have one cause, taken together: those that tell of the same wires; of layers one
 * above the other at the same wires; all of a superlayer in which most layers are bad, for there the detector, which
 * compares a layer with its siblings, tells where but poorly; and those of superlayers that share hardware.
 *
 * @param superlayers of the chamber.
 */
export function groupFindings(findings: readonly Finding[], superlayers: readonly number[]): Finding[] {
  const sorted = [...findings].sort(byWeight);
  const groups: Finding[][] = [];
  for (const finding of sorted) {
    const related = groups.filter((group) => group.some((other) => haveOneCause(other, finding, findings)));
    for (const group of related) groups.splice(groups.indexOf(group), 1);
    groups.push([...related.flat(), finding]);
  }
  const bySuperlayer = groups.map(combine).sort(byWeight);
  return joinAcrossSuperlayers(bySuperlayer, superlayers)
    .map(({ group, renamed }) => {
      const whole = combine(group);
      return { ...whole, kind: renamed[whole.kind] ?? whole.kind };
    })
    .sort(byWeight);
}

/** By the name of the heaviest. */
function combine(group: readonly Finding[]): Finding {
  const heaviest = group.reduce((best, each) => (byWeight(each, best) < 0 ? each : best));
  if (group.length === 1) return heaviest;
  const spans = normalise(group.flatMap((each) => each.spans));
  const known = group.filter(({ ratio }) => ratio !== null);
  const lost = sumOf(group, lostIn);
  const inRun = joinInRun(group);
  return {
    ...heaviest,
    ...(inRun === undefined ? {} : { inRun }),
    spans,
    extent: group.every(({ extent }) => extent === heaviest.extent) ? heaviest.extent : 'part',
    ratio: known.length === 0 ? null : Math.max(0, 1 - lost / cellsIn(spans)),
    score: greatestScore(group),
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

/** Findings that have one cause, and what a kind is called that cannot be the name of them all. */
interface Joined {
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
function joinAcrossSuperlayers(findings: readonly Finding[], superlayers: readonly number[]): Joined[] {
  let single = [...findings];
  const joined: Joined[] = [];
  for (const template of hardwareAcrossSuperlayers) {
    const needed = template.superlayers === 'all' ? superlayers.length : template.superlayers;
    for (const first of findings) {
      if (!single.includes(first)) continue;
      const group = alikeAcrossSuperlayers(first, single, template);
      if (group.length < needed) continue;
      joined.push({ group, renamed: template.renamed });
      single = single.filter((finding) => !group.includes(finding));
    }
  }
  return [...joined, ...single.map((finding) => ({ group: [finding], renamed: {} }))];
}

/** The finding and, of each other superlayer, the heaviest that is like all of the group. */
function alikeAcrossSuperlayers(
  first: Finding,
  others: readonly Finding[],
  template: AcrossSuperlayers,
): Finding[] {
  const group: Finding[] = [];
  for (const finding of [first, ...others]) {
    if (fitsTemplate(finding, template) && group.every((member) => haveLikeLoss(member, finding, template)))
      group.push(finding);
  }
  return group;
}

/** Whether it takes most layers of just one superlayer, as far as the template wants. */
function fitsTemplate(finding: Finding, { extent, wires }: AcrossSuperlayers): boolean {
  const { spans } = finding;
  const layers = layersIn(spans).length;
  if (isNoise(finding) || superlayersIn(spans).length !== 1 || layers < rules.superlayerLayers) return false;
  if (extent !== 'any' && finding.extent !== extent) return false;
  const perLayer = cellsIn(spans) / layers;
  return perLayer >= (wires?.least ?? 0) && perLayer <= (wires?.most ?? Infinity);
}

function haveLikeLoss(a: Finding, b: Finding, { ends, ratio }: AcrossSuperlayers): boolean {
  if (superlayersIn(a.spans)[0] === superlayersIn(b.spans)[0]) return false;
  if (a.ratio === null || b.ratio === null || Math.abs(a.ratio - b.ratio) > ratio) return false;
  const [one, other] = [wireRange(a.spans), wireRange(b.spans)];
  // Superlayers have different numbers of wires: what goes from wall to wall need not end at the same one.
  if (a.extent === 'whole' && b.extent === 'whole') return true;
  return Math.abs(one.first - other.first) <= ends && Math.abs(one.last - other.last) <= ends;
}

/** All findings of one fault in one run, taken together. */
export function sightingOf(findings: readonly Finding[], run: number): Sighting {
  const spans = normalise(findings.flatMap((finding) => finding.spans));
  const cells = cellsIn(spans) + sumOf(findings, ({ missing = 0 }) => missing);
  const ratios = findings.flatMap(({ ratio }) => (ratio === null ? [] : [ratio]));
  const lost = sumOf(findings, lostIn);
  return {
    run,
    spans,
    cells,
    lost: Math.min(lost, cells),
    score: greatestScore(findings),
    ratio: ratios.length > 0 ? Math.min(...ratios) : null,
  };
}

/** How the fault looked, by the name of the surest of its findings. */
export function viewOf(findings: readonly Finding[], { spans, lost }: Sighting): View {
  const { kind, extent } = surest(findings);
  return { kind, extent, spans, lost };
}

/** What the surest of a fault's findings says of it. */
export function latestOf(findings: readonly Finding[], model: string): Track['latest'] {
  const { confidence, ratio, saliencyShare, note } = surest(findings);
  const score = greatestScore(findings);
  return {
    ...{ confidence, ratio, saliencyShare, score, model },
    ...(note === undefined ? {} : { note }),
    ...(joinInRun(findings)?.how === 'flickers' ? { flickers: true } : {}),
  };
}

function surest(findings: readonly Finding[]): Finding {
  return findings.reduce((best, finding) => (finding.confidence > best.confidence ? finding : best));
}

function greatestScore(findings: readonly Finding[]): number | null {
  const scores = findings.flatMap(({ score }) => (score === null ? [] : [score]));
  return scores.length > 0 ? Math.max(...scores) : null;
}
