import type { Span } from '@dtdqm/contract';
import { ActError, type ActOnLedger, type RecordedAct } from './recordedAct.ts';
import { cellsIn, difference, intersection } from './spans.ts';
import type { Effects, Numbering, Track, View } from './track.ts';

/**
 * Makes some layers or wires of a fault an incident of its own. From then on, what covers both is divided between them.
 *
 * @returns the new one; the old keeps the rest.
 * @throws {ActError} when that would leave either with nothing.
 */
export function splitTrack(
  track: Track,
  { layers, wires }: Extract<ActOnLedger, { action: 'split' }>,
  { run, at }: RecordedAct,
  number: Numbering,
  effects: Effects,
): Track {
  if (track.phase !== 'open') throw new ActError(`incident ${track.id} has healed: it cannot be split`);
  if (layers === undefined && wires === undefined)
    throw new ActError('layers: say which layers or wires become an incident of their own');
  const { first, last } = wires ?? { first: 1, last: 200 };
  const wanted = track.spans
    .filter(({ layer }) => layers?.includes(layer) ?? true)
    .map(({ layer }) => ({ layer, first, last }));
  const spans = intersection(track.spans, wanted);
  const rest = difference(track.spans, wanted);
  if (spans.length === 0 || rest.length === 0)
    throw new ActError(
      `layers: incident ${track.id} must keep some of its wires, and the new one needs some`,
    );
  const share = cellsIn(spans) / cellsIn(track.spans);
  const part: Track = {
    ...structuredClone(track),
    id: number(),
    spans,
    apart: true,
    views: [],
    stated: partOf(track.stated, spans, share, wires !== undefined),
    reference: track.reference * share,
    openedRun: run,
    openedAt: at,
    change: 'new',
    changeAge: 0,
    pending: [],
    knownBad: false,
    acknowledgedBy: null,
    shelf: null,
  };
  track.spans = rest;
  track.views = [];
  track.stated = partOf(track.stated, rest, 1 - share, wires !== undefined);
  track.reference *= 1 - share;
  effects.changes.push({
    id: part.id,
    run,
    at,
    change: 'opened',
    comment: 'split from incident',
    other: track.id,
  });
  return part;
}

/** What is told of a part until runs show it by itself. */
function partOf(stated: View, spans: Span[], share: number, narrower: boolean): View {
  return { ...stated, spans, lost: stated.lost * share, extent: narrower ? 'part' : stated.extent };
}
