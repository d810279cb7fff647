import {
  layersOf,
  superlayerOfLayer,
  type ChamberId,
  type Matrix,
  type RunChange,
  type RunSpan,
} from '@dtdqm/contract';
import { extentOf, spansOf } from './findings.ts';
import type { Finding, InRun } from './track.ts';

/** As much of a change inside a run as the ledger reads. */
export type ChangeInRun = Pick<RunChange, 'kind' | 'layers' | 'wires' | 'happened' | 'ratio'>;

/** A loss of some wires from the change that told of it until they were back. */
interface Episode extends InRun {
  layers: number[];
  wires: { first: number; last: number } | null;
  ratio: number;
}

/**
 * What changed in a chamber while a run was taken, as findings of that run: certain, since counting told it, whatever the verdict over the whole
 * run says. What has recovered within the run is one, too: it happened.
 *
 * @param changes of the chamber, in the order in which they were told.
 */
export function findingsInRun(
  chamber: ChamberId,
  matrix: Matrix,
  changes: readonly ChangeInRun[],
): Finding[] {
  return episodesOf(changes).flatMap(({ layers, wires, ratio, began, ended, how }) => {
    const { spans, ends } = spansOf(matrix, layers, wires);
    if (spans.length === 0) return [];
    const extent = extentOf(spans, ends);
    return [
      {
        kind: kindOf(chamber, layers, extent, ratio),
        spans,
        extent,
        confidence: 0.99,
        ratio: Math.round(ratio * 1e4) / 1e4,
        score: null,
        saliencyShare: null,
        note: inWords({ began, ended, how }),
        inRun: { began, ended, how },
      } satisfies Finding,
    ];
  });
}

function episodesOf(changes: readonly ChangeInRun[]): Episode[] {
  const episodes: Episode[] = [];
  for (const { kind, layers, wires, happened, ratio } of changes) {
    const known = episodes.filter((episode) => isSamePlace(episode, { layers, wires }));
    const newest = known.at(-1);
    if (kind === 'recovery') {
      for (const episode of known) episode.ended ??= happened;
    } else if (kind === 'flicker') {
      // It tells of all its comings and goings at once.
      for (const episode of known) episodes.splice(episodes.indexOf(episode), 1);
      const lost = known.map((episode) => episode.ratio);
      const began = known[0]?.began ?? happened;
      episodes.push({ layers, wires, ratio: Math.min(1, ...lost), began, ended: happened, how: 'flickers' });
    } else if (newest?.ended === null) {
      newest.ratio = ratio;
      if (kind === 'sink') newest.how = 'sank';
    } else {
      const how = kind === 'sink' ? 'sank' : 'tripped';
      episodes.push({ layers: [...layers], wires, ratio, began: happened, ended: null, how });
    }
  }
  return episodes;
}

type Place = Pick<Episode, 'layers' | 'wires'>;

function isSamePlace(a: Place, b: Place): boolean {
  if (!a.layers.some((layer) => b.layers.includes(layer))) return false;
  return (
    a.wires === null || b.wires === null || (a.wires.first <= b.wires.last && b.wires.first <= a.wires.last)
  );
}

/** Share of the hits below which wires are dead rather than weak. */
const deadBelow = 0.1;
function kindOf(
  { station }: ChamberId,
  layers: readonly number[],
  extent: Finding['extent'],
  ratio: number,
): Finding['kind'] {
  const isDead = ratio < deadBelow;
  const isWhole = extent === 'whole';
  if (isWhole && layers.length === layersOf(station).length) return isDead ? 'dead-chamber' : 'weak-chamber';
  if (isWhole) return isDead ? 'dead-layer' : isSuperlayer(layers) ? 'weak-superlayer' : 'weak-layer';
  if (extent === 'half' && layers.length === 1) return isDead ? 'dead-half' : 'weak-region';
  return isDead ? 'dead-region' : 'weak-region';
}

const isSuperlayer = (layers: readonly number[]) =>
  layers.length === 4 && new Set(layers.map(superlayerOfLayer)).size === 1;

/** `tripped between 14:02 and 14:03 UTC, lumisection 311 to 314`, for people. */
export function inWords({ began, ended, how }: InRun): string {
  const whenOf = { tripped: 'tripped', sank: 'sank', flickers: 'came and went' };
  const first = `${whenOf[how]} ${between(how === 'flickers' && ended !== null ? { from: began.from, to: ended.to } : began)}`;
  return ended === null || how === 'flickers' ? first : `${first}; ${backInWords(ended)}`;
}

export const backInWords = (ended: RunSpan) => `hits came back ${between(ended)}`;

function between({ from, to }: RunSpan): string {
  const time = (at: string) => at.slice(11, 16);
  const when =
    from === null
      ? `before ${time(to.at)} UTC`
      : time(from.at) === time(to.at)
        ? `at ${time(to.at)} UTC`
        : `between ${time(from.at)} and ${time(to.at)} UTC`;
  if (to.lumisection === null) return when;
  return from === null || from.lumisection === null || from.lumisection === to.lumisection
    ? `${when}, lumisection ${to.lumisection}`
    : `${when}, lumisection ${from.lumisection} to ${to.lumisection}`;
}

/** Of findings that are one fault: it began with the first and ended when all had. */
export function joinInRun(findings: readonly Pick<Finding, 'inRun'>[]): InRun | undefined {
  const told = findings.flatMap(({ inRun }) => (inRun === undefined ? [] : [inRun]));
  const [first] = told.sort((a, b) => compare(a.began.to.at, b.began.to.at));
  if (first === undefined) return undefined;
  const ended = told.map((each) => each.ended).sort((a, b) => compare(a?.to.at ?? '', b?.to.at ?? ''));
  return {
    began: first.began,
    ended: ended.includes(null) ? null : ended.at(-1)!,
    how: told.find(({ how }) => how === 'flickers')?.how ?? first.how,
  };
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
