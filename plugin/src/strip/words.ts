import { formatRanges, type LabelVerdict, type RunChange, type RunChangeKind } from '@dtdqm/contract';
import { placeInWords } from '../panels/incidents/model.ts';
import { spanInWords } from './moments.ts';

/** The sign that says what kind of change it is where there is no room for its word. */
export const changeGlyphs: Record<RunChangeKind, string> = {
  trip: '▼',
  recovery: '▲',
  flicker: '≈',
  sink: '↘',
};

/** `trip, layer 5, wires 1-24, 14:02-14:03, LS 311-314, 2 % left`. */
export function changeInWords({ kind, station, layers, wires, happened, ratio }: RunChange): string {
  const share = `${Math.round(100 * ratio)} %`;
  return [
    kind,
    placeInWords({ station, layers: [...layers].sort((a, b) => a - b), wires }),
    spanInWords(happened),
    kind === 'recovery' ? `${share} of the hits expected` : `${share} left`,
  ].join(', ');
}

/** `layer 9 bad; 1-8, 10-12 good`: what is not said is not named. */
export function verdictsInWords(verdicts: readonly (LabelVerdict | null)[]): string {
  const parts = (['bad', 'not-sure', 'good'] as const).flatMap((verdict) => {
    const layers = verdicts.flatMap((each, row) => (each === verdict ? [row + 1] : []));
    return layers.length > 0
      ? [`${formatRanges(layers)} ${verdict === 'not-sure' ? 'not sure' : verdict}`]
      : [];
  });
  return `layer ${parts.join('; ')}`;
}
