import {
  chamberOfRunSchema,
  faultKinds,
  layerNumbers,
  layersOf,
  type ChamberOfRun,
  type LabelVerdict,
} from '@dtdqm/contract';
import { chamberParams } from '../api/monitorApi.ts';
import { emptyAnswer, type Answer } from './session.ts';

/** A chamber with what an address says of it. */
export interface LabelPlace {
  chamber: ChamberOfRun;
  /** As far as it was given and not saved; null when nothing was said. */
  answer: Answer | null;
  /** It came as a random draw, and is answered blind. */
  audit: boolean;
}

/** A letter a layer in `marks`, layer 1 first; `-` where nothing is said. */
const letters: Record<LabelVerdict, string> = { good: 'g', bad: 'b', 'not-sure': 'n' };

/**
 * What is labelled, as the query of an address: `open=run/wheel/sector/station`, and the unsaved answer as `marks`, `fault`, `wires`
 * and `note`, so that a reload, a link and the browser's back show the same again.
 */
export function placeToQuery({ chamber, answer, audit }: LabelPlace): Record<string, string> {
  const { verdicts, faultKind, wires, note } = answer ?? emptyAnswer;
  const marks = verdicts.map((verdict) => (verdict ? letters[verdict] : '-')).join('');
  return {
    open: chamberParams(chamber),
    ...(audit ? { audit: 'true' } : {}),
    ...(/^-*$/.test(marks) ? {} : { marks }),
    ...(faultKind ? { fault: faultKind } : {}),
    ...(wires ? { wires: `${wires.first}-${wires.last}` } : {}),
    ...(note ? { note } : {}),
  };
}

/** The reverse; null when the address names no chamber. What is no part of an answer is left out. */
export function placeOfQuery(query: URLSearchParams): LabelPlace | null {
  const [run, wheel, sector, station] = (query.get('open') ?? '').split('/');
  const chamber = chamberOfRunSchema.safeParse({ run, wheel, sector, station }).data;
  if (!chamber) return null;
  const built = layersOf(chamber.station);
  const marks = query.get('marks') ?? '';
  const verdictOf = (layer: number): LabelVerdict | null => {
    const said = Object.entries(letters).find(([, letter]) => letter === marks[layer - 1])?.[0];
    return built.includes(layer) && said ? (said as LabelVerdict) : null;
  };
  const [, first = 0, last = 0] = (/^(\d{1,3})-(\d{1,3})$/.exec(query.get('wires') ?? '') ?? []).map(Number);
  const answer: Answer = {
    verdicts: layerNumbers.map(verdictOf),
    note: query.get('note') ?? '',
    faultKind: faultKinds.find((kind) => kind === query.get('fault')) ?? null,
    wires: first >= 1 && first <= last ? { first, last } : null,
  };
  const isSaid = JSON.stringify(answer) !== JSON.stringify(emptyAnswer);
  return { chamber, answer: isSaid ? answer : null, audit: query.get('audit') === 'true' };
}
