import { type ChamberId, type Matrix, allChambers } from '@dtdqm/contract';
import type { HistogramSource, SourceRun } from '../sources/replay.ts';
import {
  type Cells,
  type Dialect,
  type Target,
  cellsOf,
  classicHistogram,
  classicSamples,
  histogramAddress,
  latestRuns,
  legacySamples,
  newSamples,
  rootHistogram,
  savedLumisections,
  withSlash,
} from './histograms.ts';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { classicFolder, eventInfo, eventInfoFolder, folderOf, newFolder, rootScalar } from './eventInfo.ts';
import type { Action } from './rules.ts';

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Ways in which a rule may change a histogram, or a listing of runs, before it becomes text. */
export interface Tampering {
  missing: boolean;
  /** Whose content is sent for a chamber, and under whose name. */
  chamber: (asked: ChamberId) => ChamberId;
  named: (asked: ChamberId) => ChamberId;
  matrix: (matrix: Matrix) => Matrix;
  cells: (cells: Cells) => Cells;
  runs: (runs: SourceRun[]) => SourceRun[];
  /** Stand in a listing beside its runs, as they are. */
  entries: readonly unknown[];
}

const answer = (status: number, type: string, body: string): Answer => ({
  status,
  headers: { 'content-type': type },
  body,
});

const plain = 'text/plain; charset=utf-8';
/** The classic server's handler of histograms names no type, and this is what CherryPy then says. */
const unnamed = 'text/html;charset=utf-8';
const json = 'application/json';

/** What a DQM server answers; a well-behaved one when nothing is tampered with. */
export function answerTo(target: Target, source: HistogramSource, tampering: Tampering): Answer {
  switch (target.kind) {
    case 'samples': {
      const runs = tampering.runs(source.runs());
      return target.dialect === 'classic'
        ? classicListing(runs, target.query, tampering.entries)
        : answer(200, json, newSamples(runs, target.query, tampering.entries));
    }
    case 'legacy-samples': {
      const runs = tampering.runs(source.runs());
      return answer(200, json, legacySamples(runs, target.query, tampering.entries));
    }
    case 'latest-runs':
      return answer(200, json, latestRuns(tampering.runs(source.runs()), target.query.get('search')));
    case 'lumisections': {
      const run = runOf(source, target);
      return answer(200, json, JSON.stringify(run ? savedLumisections(run) : []));
    }
    case 'folder':
      return folder(target, source, tampering);
    case 'scalar': {
      const scalar = eventInfoOf(source, target).find(({ name }) => name === target.name);
      return scalar ? answer(200, json, rootScalar(scalar)) : noSuchPlot('new');
    }
    case 'no-such-plot':
      return noSuchPlot(target.dialect);
    case 'no-such-address':
      return answer(404, plain, 'The path was not found.\n');
    case 'histogram': {
      const matrix = tampering.missing ? undefined : matrixOf(source, target, tampering);
      if (!matrix) return noSuchPlot(target.dialect);
      // What rules do to a run that grows, they do to the whole of it.
      const shown = target.lumisection === 0 ? tampering.matrix(matrix) : matrix;
      const cells = tampering.cells(cellsOf(shown));
      return histogram(target.dialect, tampering.named(target.chamber), cells);
    }
  }
}

/** The new server says 404 of a run that it does not have; a folder that is not there is empty in both. */
function folder(
  target: Target & { kind: 'folder' },
  source: HistogramSource,
  { missing }: Tampering,
): Answer {
  const scalars = eventInfoOf(source, target);
  const has = (chamber: ChamberId) => !missing && matrixAt(source, target, chamber) !== undefined;
  const run = runOf(source, target);
  const isKnown = run !== undefined && savedLumisections(run).includes(target.lumisection);
  const paths = [
    ...scalars.map(({ name }) => `${eventInfoFolder}/${name}`),
    // Making 250 histograms to say that they exist takes a while: not for the folder that is asked for with every run.
    ...(isKnown && target.folder !== eventInfoFolder ? allChambers.filter(has).map(histogramAddress) : []),
  ];
  const contents = folderOf(paths, target.folder);
  if (target.dialect === 'classic') return answer(200, json, classicFolder(target.folder, contents, scalars));
  return isKnown
    ? answer(200, json, newFolder(target.folder, contents))
    : answer(404, plain, '404: Not Found');
}

function runOf(source: HistogramSource, target: { run: number; dataset: string }): SourceRun | undefined {
  const dataset = withSlash(target.dataset);
  return source.runs().find((run) => run.run === target.run && withSlash(run.dataset) === dataset);
}

/** It is told of whole runs. */
function eventInfoOf(source: HistogramSource, target: Target & { kind: 'folder' | 'scalar' }) {
  const run = target.lumisection === 0 ? runOf(source, target) : undefined;
  return run ? eventInfo(run) : [];
}

function matrixOf(
  source: HistogramSource,
  target: Target & { kind: 'histogram' },
  { chamber }: Tampering,
): Matrix | undefined {
  return runOf(source, target) ? matrixAt(source, target, chamber(target.chamber)) : undefined;
}

function matrixAt(
  source: HistogramSource,
  { run, lumisection }: { run: number; lumisection: number },
  chamber: ChamberId,
): Matrix | undefined {
  return lumisection === 0 ? source.chamber(run, chamber) : source.lumisection?.(run, chamber, lumisection);
}

function histogram(dialect: Dialect, chamber: ChamberId, cells: Cells): Answer {
  return dialect === 'classic'
    ? answer(200, unnamed, classicHistogram(chamber, cells))
    : answer(200, json, rootHistogram(chamber, cells));
}

/**
 * The classic server says 200 and hides the failure in the body; the new one says 500, as if it had failed itself.
 *
 * Source: `jsroot_legacy` and `get_rendered_json` of cms-DQM/dqmgui.
 */
export function noSuchPlot(dialect: Dialect): Answer {
  return dialect === 'classic'
    ? answer(200, unnamed, '{"hist": "unsupported type"}\n')
    : answer(500, json, '{"message": "ME not found"}');
}

function classicListing(runs: SourceRun[], query: URLSearchParams, entries: readonly unknown[]): Answer {
  try {
    return answer(200, plain, classicSamples(runs, query, entries));
  } catch (fault) {
    return answer(
      500,
      plain,
      `Internal server error: ${fault instanceof Error ? fault.message : 'unknown'}\n`,
    );
  }
}

/** Sends an answer, or as much of it as the action lets through. Settles when nothing more will be sent. */
export async function send(response: ServerResponse, answer: Answer, action?: Action): Promise<void> {
  const body = Buffer.from(answer.body);
  const headers = { ...answer.headers, 'content-length': String(body.length) };
  switch (action?.do) {
    case 'stall':
      if (action.afterBytes === undefined) return;
      response.writeHead(answer.status, headers);
      response.write(body.subarray(0, action.afterBytes));
      return;
    case 'reset':
      response.writeHead(answer.status, headers);
      await new Promise<void>((resolve) => {
        response.write(body.subarray(0, action.afterBytes ?? Math.floor(body.length / 2)), () => resolve());
      });
      response.socket?.resetAndDestroy();
      return;
    case 'gzip-bomb':
      return sendBomb(response, answer, action.megabytes);
    default:
      response.writeHead(answer.status, headers);
      response.end(body);
  }
}

/** Spaces are legal in JSON, so nothing but the size gives it away. */
async function sendBomb(response: ServerResponse, answer: Answer, megabytes: number): Promise<void> {
  const spaces = Buffer.alloc(1 << 20, ' ');
  response.writeHead(200, { ...answer.headers, 'content-encoding': 'gzip' });
  const text = (function* () {
    yield Buffer.from('{"hist":');
    for (let sent = 0; sent < megabytes; sent += 1) yield spaces;
    yield Buffer.from('0}');
  })();
  // The client is expected to hang up half way: that is no fault of the server.
  await pipeline(Readable.from(text), createGzip(), response).catch(() => undefined);
}
