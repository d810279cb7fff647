import { type ChamberId, type Matrix, formatChamber, parseChamber } from '@dtdqm/contract';
import type { SourceRun } from '../sources/replay.ts';
import { eventInfoFolder } from './eventInfo.ts';

export type Dialect = 'classic' | 'new';

/** The whole run or, where `lumisection` is not 0, one of its lumisections by itself, as only the new server has them. */
interface Place {
  run: number;
  lumisection: number;
  dataset: string;
}

/** What a request asks for, once its address is understood. */
export type Target =
  | (Place & { kind: 'histogram'; dialect: Dialect; chamber: ChamberId })
  /** What lies in a folder; the classic server tells the numbers in it. */
  | (Place & { kind: 'folder'; dialect: Dialect; folder: string })
  /** A number of the new server. */
  | (Place & { kind: 'scalar'; dialect: 'new'; name: string })
  /** Lumisections of which the new server has plots, the whole run among them as 0. */
  | { kind: 'lumisections'; dialect: 'new'; run: number; dataset: string }
  | { kind: 'samples'; dialect: Dialect; query: URLSearchParams }
  | { kind: 'latest-runs'; dialect: 'new'; query: URLSearchParams }
  /** The new server's answer at the classic address, which it serves as well. */
  | { kind: 'legacy-samples'; dialect: 'new'; query: URLSearchParams }
  /** A histogram that the server does not have. */
  | { kind: 'no-such-plot'; dialect: Dialect; run: number | undefined }
  | { kind: 'no-such-address' };

const classicArchive = '/jsonfairy/archive/';
const classicFolders = '/data/json/archive/';
const newArchive = '/api/v1/json/';
const newFolders = '/api/v1/archive/';
const newLumisections = '/api/v1/lumis/';

/** Reads the address of a request; `basePath` has no trailing slash. */
export function targetOf(url: URL, basePath: string, dialects: readonly Dialect[]): Target {
  const nothing: Target = { kind: 'no-such-address' };
  if (!url.pathname.startsWith(`${basePath}/`)) return nothing;
  const path = url.pathname.slice(basePath.length);
  const query = url.searchParams;
  if (dialects.includes('classic')) {
    if (path === '/data/json/samples') return { kind: 'samples', dialect: 'classic', query };
    if (path.startsWith(classicFolders)) return folderAt(path.slice(classicFolders.length), 'classic');
    if (path.startsWith(classicArchive)) return histogramAt(path.slice(classicArchive.length), 'classic');
  }
  if (dialects.includes('new')) {
    if (path.startsWith(newFolders)) return folderAt(path.slice(newFolders.length), 'new');
    if (path === '/api/v1/latest_runs') return { kind: 'latest-runs', dialect: 'new', query };
    if (path === '/data/json/samples') return { kind: 'legacy-samples', dialect: 'new', query };
    if (path === '/api/v1/samples') return { kind: 'samples', dialect: 'new', query };
    if (path.startsWith(newArchive)) return histogramAt(path.slice(newArchive.length), 'new');
    if (path.startsWith(newLumisections)) return lumisectionsAt(path.slice(newLumisections.length));
  }
  return nothing;
}

/** `{run}/{three parts of the dataset}/{path}`; the new server takes `{run}:{lumisection}` too. */
function partsOf(path: string, dialect: Dialect) {
  const [runText = '', ...rest] = decode(path).split('/');
  const [, run, lumisection = '0'] =
    (dialect === 'new' ? /^(\d{1,10})(?::(\d{1,6}))?$/ : /^(\d{1,10})$/).exec(runText) ?? [];
  return {
    run: run === undefined ? undefined : Number(run),
    lumisection: Number(lumisection),
    rest,
    dataset: rest.slice(0, 3).join('/'),
    below: rest.slice(3).join('/'),
  };
}

function folderAt(path: string, dialect: Dialect): Target {
  const { run, lumisection, dataset, below } = partsOf(path.replace(/\/$/, ''), dialect);
  return run === undefined
    ? { kind: 'no-such-address' }
    : { kind: 'folder', dialect, run, lumisection, dataset, folder: below };
}

function lumisectionsAt(path: string): Target {
  const { run, dataset } = partsOf(path.replace(/\/$/, ''), 'new');
  return run === undefined
    ? { kind: 'no-such-address' }
    : { kind: 'lumisections', dialect: 'new', run, dataset };
}

function histogramAt(path: string, dialect: Dialect): Target {
  const { run, lumisection, rest, dataset, below } = partsOf(path, dialect);
  if (run !== undefined && dialect === 'new' && below.startsWith(`${eventInfoFolder}/`)) {
    const name = below.slice(eventInfoFolder.length + 1);
    return { kind: 'scalar', dialect, run, lumisection, dataset, name };
  }
  const chamber = chamberNamed(rest.at(-1) ?? '');
  const wanted = chamber && histogramAddress(chamber);
  if (run === undefined || !chamber || below !== wanted) {
    return { kind: 'no-such-plot', dialect, run };
  }
  return { kind: 'histogram', dialect, run, lumisection, dataset, chamber };
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
  return { run: 'run' in target ? target.run : undefined, chamber: undefined };
}

/** Cells of a histogram as they will stand in the JSON text, so that a cell can also be `nan` or `"inf"`. */
export type Cells = string[][];

export function cellsOf(matrix: Matrix): Cells {
  return matrix.map((row) => row.map(formatNumber));
}

/** Path of a chamber's histogram below the dataset. */
export const histogramAddress = (chamber: ChamberId) =>
  `${histogramFolder(chamber)}/${histogramName(chamber)}`;

const histogramName = (chamber: ChamberId) => `OccupancyAllHits_perCh_${formatChamber(chamber)}`;

/** Folder of a chamber's histograms on the DQM server. */
const histogramFolder = ({ wheel, sector, station }: ChamberId) =>
  `DT/01-Digi/Wheel${wheel}/Sector${sector}/Station${station}`;

/** Body of `/jsonfairy/archive/...`: `content[y][x]`, lowest layer first. */
export function classicHistogram(chamber: ChamberId, cells: Cells): string {
  const width = cells[0]?.length ?? 0;
  const name = histogramName(chamber);
  let [entries, least, most] = [0, Infinity, -Infinity];
  for (const row of cells) {
    for (const cell of row) {
      const hits = Number(cell);
      if (!Number.isFinite(hits)) continue;
      entries += hits;
      if (hits < least) least = hits;
      if (hits > most) most = hits;
    }
  }
  const axis = (name: string, bins: number) =>
    `{"first":{"id":1,"value":1},"last":{"id":${bins},"value":${bins + 1}},"title":"${name}"}`;
  const range = `{"min":${formatNumber(least)},"max":${formatNumber(most)}}`;
  return (
    `{"hist":{"type":"TH2","title":"${name}","stats":{"name":"${name}","entries":${formatNumber(entries)}},` +
    `"xaxis":${axis('Wire', width)},"yaxis":${axis('Layer', cells.length)},"values":${range},` +
    `"bins":{"integral":[[${formatNumber(entries)}]],"content":[${joinRows(cells)}]}}}\n`
  );
}

const joinRows = (cells: Cells) => cells.map((row) => `[${row.join(',')}]`).join(',');

/** Body of `/api/v1/json/...`: ROOT's JSON of a TH2F, x fastest, framed by under- and overflow cells. */
export function rootHistogram(chamber: ChamberId, cells: Cells): string {
  const width = cells[0]?.length ?? 0;
  const frame = Array.from({ length: width + 2 }, () => '0');
  // Entries outside the drawn range do happen in real histograms; they must not shift anything.
  frame[width + 1] = '7';
  const array = [frame, ...cells.map((row) => ['3', ...row, '5']), frame].flat();
  const axis = (name: string, bins: number) =>
    `{"_typename":"TAxis","fName":"${name}","fNbins":${bins},"fXmin":1,"fXmax":${bins + 1}}`;
  return (
    `{"_typename":"TH2F","fName":"${histogramName(chamber)}","fTitle":"${histogramName(chamber)}",` +
    `"fNcells":${array.length},"fXaxis":${axis('xaxis', width)},"fYaxis":${axis('yaxis', cells.length)},` +
    `"fArray":[${array.join(',')}]}`
  );
}

/**
 * A number as the DQM server writes it: six significant digits, exponents above a million, as C's `%g` does.
 *
 * Source: the DQM GUI's JSON of histograms, e.g. 1234567 stands as `1.23457e+06`.
 */
export function formatNumber(value: number): string {
  // Nearly all that a run sends, 170,000 cells.
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  const [mantissa = '', exponentText = ''] = value.toExponential(5).split('e');
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 6) return String(Number(value.toPrecision(6)));
  const sign = exponent < 0 ? '-' : '+';
  const digits = String(Math.abs(exponent)).padStart(2, '0');
  return `${mantissa.replace(/\.?0+$/, '')}e${sign}${digits}`;
}

export const withSlash = (dataset: string) => `/${dataset.replace(/^\/+/, '')}`;

const taken = { type: 'live', run: '0', dataset: '/Global/Online/ALL', version: '', importversion: 1 };
/** What is being taken just now stands before all runs, as run 0, of which there are no histograms. */
const live = { type: 'live', items: [taken] };

/**
 * Body of `/data/json/samples`: runs whose dataset the regular expression `match` finds, and their number the one in `run`, and `more` entries.
 *
 * Source: `VisDQMToJSON::samples` of rovere/dqmgui, src/cpp/DQM/serverext.cc.
 */
export function classicSamples(
  runs: readonly SourceRun[],
  query: URLSearchParams,
  more: readonly unknown[] = [],
): string {
  const [match, number] = ['match', 'run'].map((name) => new RegExp(query.get(name) ?? '', 'i'));
  const isFound = (run: number | string, dataset: string) =>
    match!.test(withSlash(dataset)) && number!.test(String(run));
  const listed = runs
    .filter(({ run, dataset }) => isFound(run, dataset))
    .map(({ run, dataset }) => ({
      type: 'online_data',
      run: String(run),
      dataset: withSlash(dataset),
      version: '',
      importversion: 1,
    }));
  const items = [...listed, ...more];
  const samples = items.length > 0 ? [{ type: 'online_data', items }] : [];
  return JSON.stringify({ samples: isFound(taken.run, taken.dataset) ? [live, ...samples] : samples }) + '\n';
}

/**
 * Body of `/api/v1/samples`: run and dataset are substrings, empty ones match all. Without `lumi`, or where it is 0, there are whole runs only;
 * where it is -1 all lumisections of which there are plots, and no whole run; else those whose number holds it.
 *
 * Source: `get_samples` of cms-DQM/dqmgui, python/storage.py.
 */
export function newSamples(
  runs: readonly SourceRun[],
  query: URLSearchParams,
  more: readonly unknown[] = [],
): string {
  const wantedRun = query.get('run') ?? '';
  const wantedDataset = query.get('dataset') ?? '';
  const wantedLumisection = Number(query.get('lumi') ?? 0);
  const isWanted = (lumisection: number) =>
    wantedLumisection > 0 ? String(lumisection).includes(String(wantedLumisection)) : lumisection > 0;
  const data = runs
    .filter(
      ({ run, dataset }) => String(run).includes(wantedRun) && withSlash(dataset).includes(wantedDataset),
    )
    .flatMap((run) => {
      const saved = wantedLumisection === 0 ? [0] : savedLumisections(run).filter(isWanted);
      return saved.map((lumi) => ({ run: run.run, lumi, dataset: withSlash(run.dataset) }));
    });
  return JSON.stringify({ data: [...data, ...more] });
}

/** Of which a run has plots, the whole run as 0: body of `/api/v1/lumis/{run}/{dataset}`. */
export function savedLumisections({
  perLumisection = false,
  lumisections,
  notSaved = [],
}: SourceRun): number[] {
  const all = Array.from({ length: perLumisection ? lumisections + 1 : 1 }, (_, lumisection) => lumisection);
  return all.filter((lumisection) => !notSaved.includes(lumisection));
}

/**
 * Body of `/data/json/samples` of the new server: `match` is part of a dataset's name and no regular expression.
 *
 * Source: `samples_legacy` of cms-DQM/dqmgui.
 */
export function legacySamples(
  runs: readonly SourceRun[],
  query: URLSearchParams,
  more: readonly unknown[] = [],
): string {
  const wanted = query.get('match') ?? '';
  const items = runs
    .map(({ run, dataset }) => ({ run: String(run), dataset: withSlash(dataset) }))
    .filter(({ dataset }) => dataset.includes(wanted));
  return JSON.stringify({ samples: [{ type: 'offline_data', items: [...items, ...more] }] });
}

/** Body of `/api/v1/latest_runs`: at most 100, newest first. */
export function latestRuns(runs: readonly SourceRun[], search: string | null): string {
  const numbers = runs.map(({ run }) => run).filter((run) => String(run).includes(search ?? ''));
  return JSON.stringify({ runs: [...new Set(numbers)].sort((a, b) => b - a).slice(0, 100) });
}
