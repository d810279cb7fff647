import {
  formatRanges,
  kindInWords,
  layersOf,
  standingOfState,
  type ChamberId,
  type Incident,
  type IncidentEvent,
  type Standing,
  type Fault,
  type Station,
} from '@dtdqm/contract';
import { spanInWords } from '../../strip/moments.ts';

/** In words, and the sign that says the same where colour does not reach. */
export const standingSigns: Record<Standing, { title: string; glyph: string }> = {
  new: { title: 'New', glyph: '▲' },
  unconfirmed: { title: 'Unconfirmed', glyph: '△' },
  acknowledged: { title: 'Acknowledged', glyph: '✓' },
  shelved: { title: 'Shelved', glyph: '‖' },
  healed: { title: 'Healed', glyph: '○' },
};

export function standingOf({ state }: Pick<Incident, 'state'>): Standing {
  return standingOfState[state];
}

/** The chamber that an incident is in; the ledger knows no others than those that exist. Null where the whole detector is meant. */
export function chamberOf({ wheel, station, sector }: Incident): ChamberId | null {
  return wheel === null ? null : ({ wheel, station, sector } as ChamberId);
}

/** `layers 1-4, wires 10-20`; `wires 5, 7, 9` of a fault of single ones; `all layers` when every layer of the station is concerned. */
export function placeInWords({
  station,
  layers,
  wires,
  only,
}: Pick<Incident, 'station' | 'layers' | 'wires'> & Pick<Fault, 'only'>): string {
  if (layers.length === 0) return '';
  const isWhole = layersOf(station as Station).every((layer) => layers.includes(layer));
  const where = isWhole ? 'all layers' : `layer${layers.length > 1 ? 's' : ''} ${formatRanges(layers)}`;
  if (!wires) return where;
  if (only) return `${where}, wires ${formatRanges(only)}`;
  const isOne = wires.first === wires.last;
  return `${where}, wire${isOne ? ` ${wires.first}` : `s ${wires.first}-${wires.last}`}`;
}

/** A fault that the detector names: `weak layer: layer 9, 25 % of the hits expected (confidence 50 %)`. */
export function faultInWords(
  { kind, ratio, ratioRange, confidence, note, ...fault }: Fault,
  station: Station,
): string {
  const percent = (share: number) => Math.round(100 * share);
  const range = ratioRange ? ` (${percent(ratioRange.low)} to ${percent(ratioRange.high)})` : '';
  const rate = ratio === undefined ? '' : `, ${percent(ratio)} %${range} of the hits expected`;
  const said = `confidence ${Math.round(100 * confidence)} %${note ? `; ${note}` : ''}`;
  return `${kindInWords(kind)}: ${placeInWords({ station, ...fault })}${rate} (${said})`;
}

/** What is measured of it: `11 % of the hits expected · seen in 4 runs`. */
export function evidenceInWords({
  kind,
  evidence,
  began,
  ended,
}: Pick<Incident, 'kind' | 'evidence' | 'began' | 'ended'>): string {
  const { ratio, score, sightings, misses, flickers, note = '' } = evidence;
  return [
    kind === 'coverage' ? note : ratio === null ? '' : `${Math.round(100 * ratio)} % of the hits expected`,
    score === null ? '' : `score ${score.toFixed(2)}`,
    `seen in ${sightings} run${sightings === 1 ? '' : 's'}`,
    misses > 0 ? `not in the last ${misses === 1 ? 'one' : misses}` : '',
    flickers ? 'comes and goes' : '',
    // Where the counts of a run in progress told it to the minute.
    began.happened ? `began in run ${began.run}, ${spanInWords(began.happened)}` : '',
    ended?.happened ? `its hits came back in run ${ended.run}, ${spanInWords(ended.happened)}` : '',
  ]
    .filter(Boolean)
    .join(' · ');
}

/** `grown, since run 380007`; of what is over, `healed in run 380010`. */
export function sinceInWords({ condition, firstRun, healedRun }: Incident): string {
  if (condition === 'healed' && healedRun !== null) return `healed in run ${healedRun}`;
  const change = condition === 'grown' || condition === 'shrunk' ? `${condition}, ` : '';
  return `${change}since run ${firstRun}`;
}

/** Who has it, and until when; '' while nobody has. */
export function careInWords({ state, shelf, acknowledgedBy }: Incident): string {
  if (state === 'shelved' && shelf) {
    return `${shelf.owner} until ${new Date(shelf.until).toLocaleDateString()}: ${shelf.reason}`;
  }
  if (state === 'known-bad') return 'known to be bad';
  return state === 'acknowledged' && acknowledgedBy ? `by ${acknowledgedBy}` : '';
}

const details: [key: string, inWords: (value: unknown) => string][] = [
  ['owner', (value) => `owner ${String(value)}`],
  ['reason', String],
  ['until', (value) => `until ${new Date(String(value)).toLocaleString()}`],
  ['to', (value) => `with incident ${String(value)}`],
  ['into', (value) => `into incident ${String(value)}`],
  ['from', (value) => `from incident ${String(value)}`],
  ['layers', (value) => `layers ${formatRanges(value as number[])}`],
];

/** One line of the history: `ana: shelve, owner on-call, until …`. */
export function eventInWords({ actor, action, comment, detail }: IncidentEvent): string {
  const more = details.flatMap(([key, inWords]) => (key in detail ? [inWords(detail[key])] : []));
  return `${actor}: ${[action.replaceAll('-', ' '), ...more].join(', ')}${comment ? ` – ${comment}` : ''}`;
}
