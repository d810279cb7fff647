import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { ChamberId, Matrix } from '@dtdqm/contract';
import { type Gui, listen, nameOf } from './content.ts';

/**
 * What one sample of the new DQM GUI holds, by path: a histogram, a number, or how its making goes wrong. A path that is not in it is
 * not in the file.
 */
export interface Sample {
  run: number;
  /** With a slash at its beginning. */
  dataset: string;
  /** 0: of the whole run. */
  lumi: number;
  elements: Map<string, Element>;
  /** The file behind it cannot be read. */
  isBroken?: boolean;
}

type Element =
  | { hits: () => Matrix; chamber: ChamberId; change?: (histogram: Record<string, unknown>) => object }
  | { value: number }
  /** The program that draws died, had an error though it drew, or had nothing to say. */
  | 'crashed'
  | 'in-error'
  | 'nothing';

/** Menus of the GUI, which stand in every listing of a sample that could be read, whatever is in it. */
const layouts = ['DT/Layouts/00-Summary/OccupancySummary', '00 Shift/DT/OccupancySummary'];

interface NewGui extends Gui {
  samples: Sample[];
  /** As when a hundred files are being read in. */
  isOverloaded: boolean;
}

/**
 * A second stand-in for the new DQM GUI, written from its README and the handlers of its public source (python/app.py, service.py,
 * storage.py, rendering.py, async_lru_timed.py of cms-DQM/dqmgui at 034aa3f), not from our simulator, and compared with what these
 * handlers themselves answered with only ROOT replaced.
 */
export async function openNewGui(samples: Sample[] = []): Promise<NewGui> {
  const caches = new Map<string, { at: number; value: unknown }>();
  /** An answer is good for an hour, or until somebody wants it newer; what is wanted is part of the key. */
  function cached<Value>(query: URLSearchParams, key: readonly unknown[], make: () => Value): Value {
    const seconds = Math.floor(Date.now() / 1000);
    const notOlderThan = query.get('notOlderThan');
    const place = JSON.stringify([...key, notOlderThan]);
    const held = caches.get(place);
    if (held && held.at >= Number(notOlderThan ?? seconds - 3600)) return held.value as Value;
    const value = make();
    caches.set(place, { at: seconds, value });
    return value;
  }

  function get(address: URL, response: ServerResponse): void {
    const query = address.searchParams;
    const path = decodeURIComponent(address.pathname).replace(/\/{2,}/g, '/');
    const old = query.get('notOlderThan');
    if (old && !/^\d+$/.test(old))
      return json(response, 200, { message: 'notOlderThan is a number of seconds' });
    if (gui.isOverloaded && /^\/api\/v1\/(json|archive)/.test(path)) {
      return json(response, 429, { error: 'The server is under a heavy load at the moment.' });
    }
    if (path === '/')
      return send(response, 200, 'text/html', '<!DOCTYPE html><html><div id="__next"></div></html>');
    if (path === '/api/v1/latest_runs') {
      const search = query.get('search') ?? '';
      const runs = cached(query, ['runs', search], () =>
        [...new Set(gui.samples.map(({ run }) => run))]
          .filter((run) => String(run).includes(search))
          .sort((a, b) => b - a)
          .slice(0, 100),
      );
      return json(response, 200, { runs });
    }
    if (path === '/api/v1/samples') {
      const data = found(query, query.get('run'), query.get('dataset'), Number(query.get('lumi') ?? 0));
      return json(response, 200, { data });
    }
    if (path === '/data/json/samples') {
      const items = found(query, query.get('run'), query.get('match'), 0).map(({ run, dataset }) => ({
        run: String(run),
        dataset,
      }));
      return json(response, 200, { samples: [{ type: 'offline_data', items }] });
    }
    const [, kind, place = '', rest = ''] =
      /^\/(?:api\/v1\/(json|archive|lumis)|jsrootfairy\/archive|data\/json\/archive)\/([^/]+)\/(.+)$/.exec(
        path,
      ) ?? [];
    if (place === '') return send(response, 404, 'application/octet-stream', '');
    const parts = rest.replace(/^\//, '').split('/');
    const dataset = `/${parts.slice(0, 3).join('/')}`;
    if (kind === 'lumis') {
      const ofRun = gui.samples.filter((each) => each.run === Number(place) && each.dataset === `/${rest}`);
      return json(
        response,
        200,
        ofRun.map(({ lumi }) => lumi).sort((a, b) => a - b),
      );
    }
    const [run, lumi = 0] = place.split(':').map(Number);
    const below = parts.slice(3).join('/');
    const sample = gui.samples.find(
      (each) => each.run === run && each.lumi === lumi && each.dataset === dataset,
    );
    if (Number.isNaN(run) || sample?.isBroken) return trouble(response);
    if (kind === 'json' || path.startsWith('/jsrootfairy'))
      return element(response, sample?.elements.get(below));
    if (!sample) return send(response, 404, 'text/plain; charset=utf-8', '404: Not Found');
    const names = cached(query, ['names', run, lumi, dataset], () => [...sample.elements.keys()]);
    return json(response, 200, { [kind === 'archive' ? 'data' : 'contents']: listed(names, below) });
  }

  /** Parts of run, dataset and lumisection will do; capitals or not. */
  function found(query: URLSearchParams, run: string | null, dataset: string | null, lumi: number) {
    return cached(query, ['samples', run, dataset, lumi], () =>
      gui.samples
        .filter(
          (each) =>
            String(each.run).includes(run ?? '') &&
            each.dataset.toLowerCase().includes((dataset ?? '').toLowerCase()) &&
            (lumi === 0
              ? each.lumi === 0
              : lumi < 0
                ? each.lumi !== 0
                : String(each.lumi).includes(String(lumi))),
        )
        .map(({ run, lumi, dataset }) => ({ run, lumi, dataset })),
    );
  }

  const gui: NewGui = { ...(await listen('/dqm/online-new', get)), samples, isOverloaded: false };
  return gui;
}

/** Folders with how much is in them at any depth, then plots. */
function listed(names: readonly string[], folder: string): object[] {
  const start = folder === '' || folder.endsWith('/') ? folder : `${folder}/`;
  const inside = [...names, ...layouts].filter((name) => name.startsWith(start));
  const folders = new Map<string, number>();
  const plots: object[] = [];
  for (const name of inside) {
    const [first = '', ...deeper] = name.slice(start.length).split('/');
    if (deeper.length > 0) folders.set(first, (folders.get(first) ?? 0) + 1);
    else plots.push({ name: first, path: name, layout: null, qtstatuses: [] });
  }
  return [...[...folders].map(([subdir, me_count]) => ({ subdir, me_count })), ...plots];
}

function element(response: ServerResponse, wanted: Element | undefined): void {
  const notFound = { message: 'ME not found' };
  if (wanted === undefined) return json(response, 500, notFound);
  if (wanted === 'crashed') return trouble(response);
  if (wanted === 'nothing') return json(response, 200, notFound);
  if (wanted === 'in-error') return json(response, 500, { _typename: 'TH2F', fArray: [] });
  const dqmProperties = { efficiency: false };
  if ('value' in wanted) {
    const fString = String(wanted.value);
    return json(response, 200, { _typename: 'TObjString', fUniqueID: 0, fBits: 0, fString, dqmProperties });
  }
  const histogram = rootHistogram(nameOf(wanted.chamber), wanted.hits());
  return json(response, 200, { ...(wanted.change?.(histogram) ?? histogram), dqmProperties });
}

/** What aiohttp says of an exception. */
function trouble(response: ServerResponse): void {
  response.shouldKeepAlive = false;
  send(
    response,
    500,
    'text/plain; charset=utf-8',
    `500 ${STATUS_CODES[500]}\n\nServer got itself in trouble`,
  );
}

function json(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, 'application/json; charset=utf-8', pythonJson(value));
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, server: 'Python/3.11 aiohttp/3.14' });
  response.end(body);
}

/** As Python writes it: spaces behind colons and commas, and words for what is no number, which JSON does not know. */
export function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(
      ([name, each]) => `${JSON.stringify(name)}: ${pythonJson(each)}`,
    );
    return `{${members.join(', ')}}`;
  }
  // These are Python's own words.
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : JSON.stringify(value);
}

const attributes = { fLineColor: 602, fLineStyle: 1, fLineWidth: 1, fFillColor: 0, fFillStyle: 1001 };

function axis(fName: string, fNbins: number, fXmin: number, labels: readonly string[] = []): object {
  return {
    ...{ _typename: 'TAxis', fUniqueID: 0, fBits: 0, fName, fTitle: '', fNdivisions: 510 },
    ...{ fNbins, fXmin, fXmax: fXmin + fNbins, fXbins: [], fFirst: 0, fLast: 0, fBits2: 0 },
    ...{ fTimeDisplay: false, fTimeFormat: '' },
    fLabels:
      labels.length === 0
        ? null
        : {
            ...{ _typename: 'THashList', name: 'THashList' },
            arr: labels.map((fString, index) => ({
              ...{ _typename: 'TObjString', fUniqueID: index + 1, fBits: 0, fString },
            })),
            opt: labels.map(() => ''),
          },
    fModLabs: null,
  };
}

/**
 * ROOT's own JSON of an occupancy. CMSSW first sets the cells without wires, which ROOT counts as entries and which makes its sums 0, and
 * then fills hits one by one.
 *
 * Source: `channelsMap` and `analyze` of CMSSW's DQM/DTMonitorModule/src/DTDigiTask.cc; `SetBinContent` and `Fill` of ROOT's TH2.
 */
export function rootHistogram(name: string, hits: Matrix): Record<string, unknown> {
  const width = hits[0]!.length;
  const edge = Array.from({ length: width + 2 }, () => 0);
  const cells = [edge, ...hits.map((row) => [0, ...row, 0]), edge].flat();
  const filled = cells.reduce((sum, cell) => sum + Math.max(0, cell), 0);
  const labels = hits.map((_, row) => `SL${Math.floor(row / 4) + 1}: L${(row % 4) + 1}`);
  return {
    ...{ _typename: 'TH2F', fUniqueID: 0, fBits: 8, fName: name, fTitle: name, ...attributes },
    ...{ fNcells: cells.length, fXaxis: axis('xaxis', width, 1), fYaxis: axis('yaxis', 12, 0, labels) },
    ...{ fZaxis: axis('zaxis', 1, 0), fBarOffset: 0, fBarWidth: 1000 },
    fEntries: filled + cells.filter((cell) => cell < 0).length,
    ...{ fTsumw: filled, fTsumw2: filled, fTsumwx: filled * 25, fTsumwx2: filled * 800 },
    ...{ fMaximum: -1111, fMinimum: -1111, fNormFactor: 0, fContour: [], fSumw2: [], fOption: '' },
    fFunctions: { _typename: 'TList', name: 'TList', arr: [], opt: [] },
    ...{ fBufferSize: 0, fBuffer: [], fBinStatErrOpt: 0, fStatOverflows: 2, fScalefactor: 1 },
    ...{ fTsumwy: filled * 6, fTsumwy2: filled * 50, fTsumwxy: filled * 150, fArray: cells },
  };
}
