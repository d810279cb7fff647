import { gzipSync } from 'node:zlib';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ChamberId, Matrix } from '@dtdqm/contract';
import { type Gui, listen, nameOf } from './content.ts';

/** A run in the index of the classic DQM GUI: its elements by path. */
export interface IndexedRun {
  run: number;
  elements: Map<string, { hits: () => Matrix; chamber: ChamberId } | { value: string; type: 'INT' | 'REAL' }>;
}

interface ClassicGui extends Gui {
  runs: IndexedRun[];
}

const dataset = '/Global/Online/ALL';

/**
 * A second stand-in for the classic DQM GUI, written from its public source (src/cpp/DQM/serverext.cc, render.cc and
 * VisDQMRenderTools.h of rovere/dqmgui, src/python/Core/GUI.py and DQM/GUI.py of cms-DQM/dqmgui_prod, and CherryPy, which it runs on), not
 * from our simulator.
 */
export async function openClassicGui(runs: IndexedRun[] = []): Promise<ClassicGui> {
  function get(address: URL, response: ServerResponse, request: IncomingMessage): void {
    // Of text/plain and text/html, where the handler says so and the client takes it.
    const zipped = /gzip/.test(request.headers['accept-encoding'] ?? '');
    const [hook, source, place, ...rest] = decodeURIComponent(address.pathname).slice(1).split('/');
    if (address.pathname === '/data/json/samples') {
      return send(response, 200, 'text/plain', samplesOf(gui.runs, address.searchParams), zipped);
    }
    if (hook === 'data' && source === 'json' && place === 'archive') {
      const [run, , , , ...folder] = rest;
      const indexed = gui.runs.find((each) => each.run === Number(run));
      return send(response, 200, 'text/plain', folderText(indexed, folder.join('/')), false);
    }
    if (hook === 'jsonfairy') {
      // CherryPy's own type, as the handler names none.
      const say = (body: string) => send(response, 200, 'text/html;charset=utf-8', body, false);
      if (source !== 'archive') return say(`JSON format of ${source} source plot is not supported yet.`);
      if (!/^\d+$/.test(place ?? '')) return say(`invalid literal for int() with base 10: '${place}'`);
      const indexed = gui.runs.find((each) => each.run === Number(place));
      const element =
        `/${rest.slice(0, 3).join('/')}` === dataset && indexed?.elements.get(rest.slice(3).join('/'));
      return say(element && 'hits' in element ? histogramText(element) : '{"hist": "unsupported type"}');
    }
    return send(
      response,
      404,
      'text/html;charset=utf-8',
      '<!DOCTYPE html PUBLIC\n"-//W3C//DTD XHTML 1.0 Transitional//EN">\n<html><h2>404 Not Found</h2></html>',
      false,
    );
  }
  const gui: ClassicGui = { ...(await listen('/dqm/online', get)), runs };
  return gui;
}

function send(response: ServerResponse, status: number, type: string, body: string, zipped: boolean): void {
  response.writeHead(status, {
    'content-type': type,
    server: 'CherryPy/18.9.0',
    ...(zipped && { 'content-encoding': 'gzip', vary: 'Accept-Encoding' }),
  });
  response.end(zipped ? gzipSync(body) : body);
}

/** What is being taken stands before all runs, as a run 0 of which there is nothing to be had at these addresses. */
function samplesOf(runs: readonly IndexedRun[], query: URLSearchParams): string {
  const entry = (type: string, run: number) =>
    `{"type":"${type}", "run":"${run}", "dataset":"${dataset}", "version":"", "importversion":1}`;
  const group = (type: string, numbers: readonly number[]) =>
    `{"type":"${type}", "items":[${numbers.map((run) => entry(type, run)).join(', ')}]}`;
  const matches = new RegExp(query.get('match') ?? '', 'i').test(dataset);
  const wanted = new RegExp(query.get('run') ?? '', 'i');
  const numbers = runs.map(({ run }) => run).filter((run) => wanted.test(String(run)));
  const groups = [
    ...(wanted.test('0') ? [group('live', [0])] : []),
    ...(numbers.length > 0 ? [group('online_data', numbers)] : []),
  ];
  return `{"samples": [${matches ? groups.join(', ') : ''}]}`;
}

const nothing = '{ "nbins": 0, "mean": 0, "rms": 0, "min": 0, "max": 0 }';

/** Objects, then folders, then those of the menus: all but the first entry are written with a comma before them, whether or not there is a first. */
function folderText(run: IndexedRun | undefined, folder: string): string {
  const start = folder === '' ? '' : `${folder}/`;
  const inside = [...(run?.elements ?? [])].filter(([path]) => path.startsWith(start));
  const folders = new Set<string>();
  let text = run ? '{ "streamerinfo":"" }\n' : '';
  for (const [path, element] of inside) {
    const [name = '', ...deeper] = path.slice(start.length).split('/');
    if (deeper.length > 0) {
      folders.add(name);
      continue;
    }
    const [kind, type, what, value] =
      'value' in element ? ['SCALAR', element.type, 'value', element.value] : ['ROOT', 'TH2F', 'rootobj', ''];
    text +=
      `, {"obj": "${name}", "path": "${path}", "properties": {"kind": "${kind}", "type": "${type}", "lumisect": "0",` +
      ' "report": { "alarm": 0, "error": 0, "warn": 0, "other": 0 }, "hasref": 0, "isEff": 0, "tagged": 0 },"tag": 0,' +
      ` "qresults": [], "nentries": 0, "stats": { "x": ${nothing}, "y": ${nothing}, "z": ${nothing} }, "${what}": "${value}"}\n`;
  }
  if (folder === 'DT') folders.add('Layouts');
  for (const name of folders) text += `, { "subdir": "${name}" }\n`;
  return `{"contents": [${text}]}`;
}

/** Six significant digits, as C prints them. */
function short(value: number): string {
  const [digits = '', exponent = ''] = value.toExponential(5).split('e');
  if (Math.abs(Number(exponent)) < 6) return String(Number(value.toPrecision(6)));
  const sign = exponent.startsWith('-') ? '-' : '+';
  return `${digits.replace(/\.?0+$/, '')}e${sign}${exponent.slice(1).padStart(2, '0')}`;
}

function histogramText({ hits: make, chamber }: { hits: () => Matrix; chamber: ChamberId }): string {
  const hits = make();
  const name = nameOf(chamber);
  const width = hits[0]!.length;
  const cells = hits.flat();
  const entries = cells.reduce((sum, each) => sum + Math.abs(each), 0);
  const edges = (from: number, columns: number) =>
    `"first":{"id":1,"value":${from}},"last": {"id":${columns},"value":${from + columns}}`;
  const labels = hits.map(
    (_, row) => `{"center": ${row + 0.5},"value": "SL${Math.floor(row / 4) + 1}: L${(row % 4) + 1}"}`,
  );
  const place = (x: number, y: number) => `{"X":{"value":${x},"error":0},"Y":{"value":${y},"error":0}}`;
  const rows = hits.map((row) => `[${row.map(short).join(',')}]`);
  return (
    `{"hist":{"type":"TH2","title":"${name}","stats":{"name":"${name}","entries":${entries.toFixed(6)},"mean":${place(25, 6)},` +
    `"rms":${place(14, 3.5)},"underflow":0,"overflow":0},"xaxis":{${edges(1, width)}},"yaxis":{${edges(0, 12)},"labels":[${labels.join(',')}]}` +
    `,"values":{"min":${Math.min(...cells)},"max":${short(Math.max(...cells))}},"bins":{"integral":[[0,0,0],[0,${short(cells.reduce((sum, each) => sum + each, 0))},0],[0,0,0]],` +
    `"content":[${rows.join(',')}]}} }`
  );
}
