import { formatChamber, parseChamber, type ChamberId } from '@dtdqm/contract';
import { histogramFolder, histogramName } from './histogramText.ts';

export type Dialect = 'classic' | 'new';

/** What a request asks for, once its address is understood. */
export type Target =
  | { kind: 'histogram'; dialect: Dialect; run: number; dataset: string; chamber: ChamberId }
  | { kind: 'samples'; dialect: Dialect; query: URLSearchParams }
  | { kind: 'latest-runs'; dialect: 'new'; query: URLSearchParams }
  /** A histogram that the server does not have. */
  | { kind: 'no-such-plot'; dialect: Dialect; run: number | undefined }
  | { kind: 'no-such-address' };

const classicArchive = '/jsonfairy/archive/';
const newArchive = '/api/v1/json/';

/** Reads the address of a request; `basePath` has no trailing slash. */
export function targetOf(url: URL, basePath: string, dialects: readonly Dialect[]): Target {
  const nothing: Target = { kind: 'no-such-address' };
  if (!url.pathname.startsWith(`${basePath}/`)) return nothing;
  const path = url.pathname.slice(basePath.length);
  const query = url.searchParams;
  if (dialects.includes('classic')) {
    if (path === '/data/json/samples') return { kind: 'samples', dialect: 'classic', query };
    if (path.startsWith(classicArchive)) return histogramAt(path.slice(classicArchive.length), 'classic');
  }
  if (dialects.includes('new')) {
    if (path === '/api/v1/latest_runs') return { kind: 'latest-runs', dialect: 'new', query };
    if (path === '/api/v1/samples') return { kind: 'samples', dialect: 'new', query };
    if (path.startsWith(newArchive)) return histogramAt(path.slice(newArchive.length), 'new');
  }
  return nothing;
}

/** `{run}/{three parts of the dataset}/{folder}/{name}` */
function histogramAt(path: string, dialect: Dialect): Target {
  const [runText = '', ...rest] = decode(path).split('/');
  const run = /^\d{1,10}$/.test(runText) ? Number(runText) : undefined;
  const chamber = chamberNamed(rest.at(-1) ?? '');
  const wanted = chamber && `${histogramFolder(chamber)}/${histogramName(chamber)}`;
  if (run === undefined || !chamber || rest.slice(3).join('/') !== wanted) {
    return { kind: 'no-such-plot', dialect, run };
  }
  return { kind: 'histogram', dialect, run, dataset: rest.slice(0, 3).join('/'), chamber };
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function chamberNamed(name: string): ChamberId | undefined {
  const [, key] = /^OccupancyAllHits_perCh_(.+)$/.exec(name) ?? [];
  try {
    return key === undefined ? undefined : parseChamber(key);
  } catch {
    return undefined;
  }
}

/** Run and chamber of a target in the form that rules and counters use. */
export function subjectOf(target: Target): { run: number | undefined; chamber: string | undefined } {
  if (target.kind === 'histogram') return { run: target.run, chamber: formatChamber(target.chamber) };
  return { run: target.kind === 'no-such-plot' ? target.run : undefined, chamber: undefined };
}
