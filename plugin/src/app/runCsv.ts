import type { RunChambers } from '@dtdqm/contract';

const columns = [
  'run',
  'wheel',
  'station',
  'sector',
  'state',
  'hits',
  'bad_layers',
  'worst_score',
  'faults',
] as const;

/** A run as a table for other programs: one line a chamber, RFC 4180; what is not known is empty. */
export function runCsv({ run, chambers }: RunChambers): string {
  const lines = chambers.map(
    ({ wheel, station, sector, state, hits, badLayers, worstScore, faults }) =>
      [
        run,
        wheel,
        station,
        sector,
        state,
        hits,
        badLayers,
        worstScore,
        (faults ?? []).map(({ kind, layers }) => `${kind} in ${layers.join(' ')}`).join('; '),
      ] as const,
  );
  return [columns, ...lines].map((line) => `${line.map((value) => value ?? '').join(',')}\r\n`).join('');
}
