import {
  layerNumbers,
  layersOf,
  type ChamberOfRun,
  type FaultKind,
  type LabelMark,
  type LabelVerdict,
} from '@dtdqm/contract';

/** What the expert has said so far of the chamber on display; verdicts of layers 1..12. */
export interface Answer {
  verdicts: readonly (LabelVerdict | null)[];
  note: string;
  faultKind: FaultKind | null;
  /** Where the bad layers are bad, wires from 1, both ends included; null for all along. */
  wires: { first: number; last: number } | null;
}

export const noAnswer: Answer = {
  verdicts: layerNumbers.map(() => null),
  note: '',
  faultKind: null,
  wires: null,
};

/** Sets all layers that the station has. */
export function allLayers(answer: Answer, { station }: ChamberOfRun, verdict: LabelVerdict): Answer {
  const built = layersOf(station);
  return { ...answer, verdicts: layerNumbers.map((layer) => (built.includes(layer) ? verdict : null)) };
}

/** Turns a layer over: bad becomes good, anything else becomes bad. Layers that were never built stay as they are. */
export function toggleLayer(answer: Answer, chamber: ChamberOfRun, layer: number): Answer {
  return setLayer(answer, chamber, layer, answer.verdicts[layer - 1] === 'bad' ? 'good' : 'bad');
}

/** Says "not sure" of a layer, or takes that back. */
export function doubtLayer(answer: Answer, chamber: ChamberOfRun, layer: number): Answer {
  return setLayer(answer, chamber, layer, answer.verdicts[layer - 1] === 'not-sure' ? null : 'not-sure');
}

function setLayer(
  answer: Answer,
  { station }: ChamberOfRun,
  layer: number,
  verdict: LabelVerdict | null,
): Answer {
  if (!layersOf(station).includes(layer)) return answer;
  return { ...answer, verdicts: answer.verdicts.with(layer - 1, verdict) };
}

/** Layers that the station has and of which nothing was said: a label is saved only when there are none. */
export function unansweredLayers(answer: Answer, { station }: ChamberOfRun): number[] {
  return layersOf(station).filter((layer) => answer.verdicts[layer - 1] === null);
}

/** The fault kind and the wires speak of the layers that are not good; without either there is nothing to mark. */
export function marksOf({ verdicts, faultKind, wires }: Answer): LabelMark[] {
  const layers = layerNumbers.filter((layer) => {
    const verdict = verdicts[layer - 1];
    return verdict === 'bad' || verdict === 'not-sure';
  });
  return layers.length && (faultKind || wires) ? [{ layers, kind: faultKind, wires }] : [];
}
