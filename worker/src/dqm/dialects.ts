import { type Matrix, runNumberSchema } from '@dtdqm/contract';
import { DqmError, type ListedRun, type Listing, type Subject } from './source.ts';
import type { Reply } from './transport.ts';
import {
  type Axis,
  matrixOf,
  refuseOtherAxis,
  refuseOtherSubject,
  refuseScaled,
  wrong,
} from './histogram.ts';
import { inWords, jsonOf } from './reply.ts';
import { rootArray } from './rootArray.ts';

/** How one kind of DQM server is asked, and what its replies mean. Addresses are relative to the base URL. */
export interface Dialect {
  readonly name: 'classic' | 'new';
  /** A cheap request that only this kind of server answers sensibly. */
  readonly probe: string;
  /** @param notOlderThan UTC seconds: the server may not answer from what it cached before. */
  listing(dataset: string, notOlderThan: number): string;
  /** @throws {DqmError} when it is no listing, or has entries and none of them is a run. */
  parseListing(reply: Reply, url: string): Listing;
  /**
   * @param run or one of its lumisections by itself, where the server has those.
   * @param path of the histogram, below the dataset.
   * @param notOlderThan as for {@link listing}.
   */
  histogram(run: ListedRun & { lumisection?: number }, path: string, notOlderThan: number): string;
  /** Which lumisections of a run have plots of their own; null where servers keep none. */
  readonly lumisections: {
    path(run: ListedRun): string;
    /** Ascending. @throws {DqmError} when it is no listing. */
    parse(reply: Reply, url: string, subject: Subject): number[];
  } | null;
  /** @throws {DqmError} with code `absent` when the server has no such histogram. */
  parseHistogram(reply: Reply, url: string, subject: Subject): Matrix;
  /** @param notOlderThan as for {@link listing}. */
  folder(run: ListedRun, folder: string, notOlderThan: number): string;
  /** Names of what lies in a folder, none where there is no such folder. @throws {DqmError} when it is no listing. */
  parseFolder(reply: Reply, url: string, subject: Subject): string[];
  /** Where a number of the run's `DT/EventInfo` is told. @param notOlderThan as for {@link listing}. */
  eventInfo(run: ListedRun, name: string, notOlderThan: number): string;
  /** @returns the number as it stands there; undefined when the server does not say. */
  parseEventInfo(reply: Reply, url: string, subject: Subject, name: string): unknown;
}

/** Where CMSSW's `DQMEventInfo` says of a run what it is, as numbers: times are UTC seconds with a fraction. */
const eventInfoFolder = 'DT/EventInfo';

/** Datasets are compared and put into addresses without the leading slash that listings give them. */
export const bareDataset = (dataset: string) => dataset.replace(/^\/+|\/+$/g, '');

/** What is asked for, whatever age of it is allowed. */
export const withoutAge = (address: string) => address.replace(/[?&]notOlderThan=\d+/, '');

export const encodePath = (path: string) => path.split('/').map(encodeURIComponent).join('/');

/**
 * Of the entry that an online server lists before its runs: what is being taken just now, as run 0, of which its addresses for programs
 * show nothing.
 *
 * Source: `VisDQMLiveSource::samples` of rovere/dqmgui, src/cpp/DQM/serverext.cc.
 */
const beingTaken = 'live';

/** The DQM GUI that serves `/jsonfairy/archive` and `/data/json/samples`. */
export const classicDialect: Dialect = {
  name: 'classic',
  // Matches nothing, so the answer is short.
  probe: '/data/json/samples?match=%5E%24',

  listing: (dataset) =>
    `/data/json/samples?match=${encodeURIComponent(bareDataset(dataset).replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))}`,

  parseListing(reply, url) {
    const groups = listOf(field(jsonOf(reply, url, {}), 'samples'), 'samples');
    const odd: string[] = [];
    const items = groups.flatMap((group, g) => {
      const place = `samples ${g + 1} items`;
      return unlessOdd(odd, () => listOf(field(group, 'items'), place)) ?? [];
    });
    return listingOf(
      items.filter((item) => field(item, 'type') !== beingTaken),
      odd,
    );
  },

  histogram: ({ run, dataset }, path) =>
    `/jsonfairy/archive/${run}/${encodePath(bareDataset(dataset))}/${encodePath(path)}`,

  lumisections: null,

  parseHistogram(reply, url, subject) {
    const histogram = field(jsonOf(reply, url, subject), 'hist');
    if (histogram === 'unsupported type') throw new DqmError('absent', 'no such histogram', subject);
    if (typeof histogram === 'string') throw wrong(`histogram is "${inWords(histogram)}"`, subject);
    const type = field(histogram, 'type');
    if (typeof type !== 'string' || !type.startsWith('TH2')) {
      throw wrong(`must be a TH2 histogram, is ${inWords(type)}`, subject);
    }
    refuseOtherSubject([field(histogram, 'title'), field(field(histogram, 'stats'), 'name')], subject);
    refuseOtherAxis(classicAxis(field(histogram, 'xaxis')), subject);
    return matrixOf(field(field(histogram, 'bins'), 'content'), subject);
  },

  folder: ({ run, dataset }, folder) =>
    `/data/json/archive/${run}/${encodePath(bareDataset(dataset))}/${encodePath(folder)}`,

  parseFolder(reply, url, subject) {
    return namesIn(field(jsonOf(reply, url, subject), 'contents'), 'obj', subject);
  },

  // As a histogram a number is an "unsupported type"; the listing of its folder tells it.
  eventInfo: (run, _name, notOlderThan) => classicDialect.folder(run, eventInfoFolder, notOlderThan),

  parseEventInfo(reply, url, subject, name) {
    const contents = field(jsonOf(reply, url, subject), 'contents');
    const entry = Array.isArray(contents)
      ? (contents as unknown[]).find((each) => field(each, 'obj') === name)
      : undefined;
    // What is there without a value says something, and that is nonsense.
    return entry === undefined ? undefined : (field(entry, 'value') ?? null);
  },
};

/** The DQM GUI that serves `/api/v1` and ROOT's own JSON. */
export const newDialect: Dialect = {
  name: 'new',
  probe: '/api/v1/latest_runs?search=',

  listing: (dataset, notOlderThan) =>
    `/api/v1/samples?run=&dataset=${encodeURIComponent(bareDataset(dataset))}&notOlderThan=${notOlderThan}`,

  parseListing(reply, url) {
    return listingOf(listOf(field(jsonOf(reply, url, {}), 'data'), 'data'), []);
  },

  histogram: ({ run, lumisection, dataset }, path, notOlderThan) =>
    `/api/v1/json/${lumisection === undefined ? run : `${run}:${lumisection}`}/${encodePath(bareDataset(dataset))}/${encodePath(path)}?notOlderThan=${notOlderThan}`,

  // Of exactly this run, and from no cache; `samples?run=&lumi=-1` finds the number within others, too. Source: `get_lumis` of its python/storage.py.
  lumisections: {
    path: ({ run, dataset }) => `/api/v1/lumis/${run}/${encodePath(bareDataset(dataset))}`,
    parse(reply, url, subject) {
      const listed = jsonOf(reply, url, subject);
      if (!Array.isArray(listed)) throw wrong('the listing of its lumisections is no list', subject);
      const numbers = listed.filter((each): each is number => Number.isInteger(each) && each > 0);
      return [...new Set(numbers)].sort((a, b) => a - b);
    },
  },

  parseHistogram(reply, url, subject) {
    if (saysNotFound(reply)) throw new DqmError('absent', 'no such histogram', subject);
    const histogram = jsonOf(reply, url, subject);
    const type = field(histogram, '_typename');
    if (typeof type !== 'string' || !type.startsWith('TH2')) {
      throw wrong(`must be a TH2 histogram, is ${inWords(type)}`, subject);
    }
    refuseOtherSubject([field(histogram, 'fName'), field(histogram, 'fTitle')], subject);
    const width = binsOf(histogram, 'fXaxis', subject);
    const height = binsOf(histogram, 'fYaxis', subject);
    const axis = field(histogram, 'fXaxis');
    refuseOtherAxis({ from: field(axis, 'fXmin'), to: field(axis, 'fXmax'), columns: width }, subject);
    const packed = field(histogram, 'fArray');
    const cells = rootArray(packed);
    const frame = (width + 2) * (height + 2);
    if (cells?.length !== frame) {
      const has = cells?.length ?? (packed === undefined ? 'none' : 'them in a form that is not known');
      throw wrong(`fArray must have ${frame} cells, has ${has}`, subject);
    }
    const squares = rootArray(field(histogram, 'fSumw2'));
    const [sum, sumOfSquares] = [field(histogram, 'fTsumw'), field(histogram, 'fTsumw2')];
    refuseScaled(cells, { squares, sum, sumOfSquares }, subject);
    return matrixOf(innerRows(cells, width, height), subject);
  },

  folder: ({ run, dataset }, folder, notOlderThan) =>
    `/api/v1/archive/${run}/${encodePath(bareDataset(dataset))}/${encodePath(folder)}?notOlderThan=${notOlderThan}`,

  parseFolder(reply, url, subject) {
    // Of a run that it cannot read it says so too.
    if (reply.status === 404) return [];
    return namesIn(field(jsonOf(reply, url, subject), 'data'), 'name', subject);
  },

  eventInfo: (run, name, notOlderThan) =>
    newDialect.histogram(run, `${eventInfoFolder}/${name}`, notOlderThan),

  parseEventInfo(reply, url, subject) {
    if (saysNotFound(reply)) return undefined;
    return field(jsonOf(reply, url, subject), 'fString') ?? null;
  },
};

/** Subfolders and plots of a folder, by name. @throws {DqmError} wrong-shape when it is no list. */
function namesIn(contents: unknown, plot: 'obj' | 'name', subject: Subject): string[] {
  if (!Array.isArray(contents)) throw wrong('the listing of a folder is no list', subject);
  const names = contents.map((each) => field(each, 'subdir') ?? field(each, plot));
  return names.filter((name) => typeof name === 'string');
}

/**
 * The server says 500 and `{"message": "ME not found"}` where it has no such plot, and 200 where it has one that it could not put into words; any
 * other 500 is a failure. A page with status 404 comes from whatever stands before the server: then the address is wrong, and the plot
 * not absent.
 *
 * Source: `get_rendered_json` of cms-DQM/dqmgui, python/service.py.
 */
function saysNotFound({ status, text }: Reply): boolean {
  if (status === 404) return text.trim().startsWith('{');
  return (status === 500 || status === 200) && /^\s*\{\s*"message":\s*"ME not found"/.test(text);
}

/** Columns from the first to the last that is shown, as the classic server names them. */
function classicAxis(axis: unknown): Axis {
  const [first, last] = [field(axis, 'first'), field(axis, 'last')];
  const [from, to] = [field(first, 'value'), field(last, 'value')];
  const ids = [field(first, 'id'), field(last, 'id')];
  const areNumbers = ids.every((id) => typeof id === 'number');
  return { from, to, columns: areNumbers ? Number(ids[1]) - Number(ids[0]) + 1 : undefined };
}

/** Rows without the frame of under- and overflow cells; x runs fastest. */
function innerRows(cells: readonly unknown[], width: number, height: number): unknown[][] {
  return Array.from({ length: height }, (_, y) => {
    const start = (y + 1) * (width + 2) + 1;
    return cells.slice(start, start + width);
  });
}

function binsOf(histogram: unknown, axis: string, subject: Subject): number {
  const bins = field(field(histogram, axis), 'fNbins');
  if (typeof bins !== 'number' || !Number.isInteger(bins) || bins < 1 || bins > 10_000) {
    throw wrong(`${axis}.fNbins must be a number of bins, is ${inWords(bins)}`, subject);
  }
  return bins;
}

/** @throws {DqmError} wrong-shape when all entries are odd: that is no empty listing, which would say that there are no runs. */
function listingOf(items: readonly unknown[], odd: string[]): Listing {
  const runs = items.flatMap((item, i) => {
    const place = `item ${i + 1}`;
    const run = unlessOdd(odd, () => ({
      run: runNumber(field(item, 'run'), place),
      dataset: datasetOf(field(item, 'dataset'), place),
    }));
    return run === undefined ? [] : [run];
  });
  if (runs.length === 0 && odd[0] !== undefined) throw new DqmError('wrong-shape', odd[0], {});
  return { runs, odd };
}

/** Notes what is wrong instead of throwing it. */
function unlessOdd<Read>(odd: string[], read: () => Read): Read | undefined {
  try {
    return read();
  } catch (fault) {
    if (!(fault instanceof DqmError)) throw fault;
    odd.push(fault.message);
    return undefined;
  }
}

/** A field of a JSON value; undefined when the value is no object or has none of that name. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

/** @throws {DqmError} wrong-shape, naming the field. */
export function listOf(value: unknown, name: string): unknown[] {
  if (!Array.isArray(value)) throw wrong(`listing of runs: ${name} must be a list`, {});
  return value;
}

/** @throws {DqmError} wrong-shape, naming the place in the listing. */
export function runNumber(value: unknown, place: string): number {
  const parsed = runNumberSchema.safeParse(value);
  if (!parsed.success) throw wrong(`listing of runs: run of ${place} must be a run number`, {});
  return parsed.data;
}

/** @throws {DqmError} wrong-shape, naming the place in the listing. */
export function datasetOf(value: unknown, place: string): string {
  if (typeof value !== 'string') throw wrong(`listing of runs: dataset of ${place} must be text`, {});
  return bareDataset(value);
}
