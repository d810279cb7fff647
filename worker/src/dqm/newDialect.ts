import { matrixOf, wrong } from './cells.ts';
import { bareDataset, encodePath, occupancyPath, type Dialect } from './dialect.ts';
import { DqmError, type Subject } from './error.ts';
import { datasetOf, field, listOf, runNumber } from './field.ts';
import { inWords, jsonOf } from './reply.ts';
import { rootArray } from './rootArray.ts';

/** The DQM GUI that serves `/api/v1` and ROOT's own JSON. */
export const newDialect: Dialect = {
  name: 'new',
  probe: '/api/v1/latest_runs?search=',

  listing: (dataset) => `/api/v1/samples?run=&dataset=${encodeURIComponent(bareDataset(dataset))}`,

  parseListing(reply, url) {
    return listOf(field(jsonOf(reply, url, {}), 'data'), 'data').map((item, i) => ({
      run: runNumber(field(item, 'run'), `item ${i + 1}`),
      dataset: datasetOf(field(item, 'dataset'), `item ${i + 1}`),
    }));
  },

  histogram: ({ run, dataset }, chamber) =>
    `/api/v1/json/${run}/${encodePath(bareDataset(dataset))}/${occupancyPath(chamber)}`,

  parseHistogram(reply, url, subject) {
    // A page at this status comes from whatever stands before the server: then the address is wrong, not the plot absent.
    if (reply.status === 404 && reply.text.trim().startsWith('{')) {
      throw new DqmError('absent', 'no such histogram', subject);
    }
    const histogram = jsonOf(reply, url, subject);
    const type = field(histogram, '_typename');
    if (typeof type !== 'string' || !type.startsWith('TH2')) {
      throw wrong(`must be a TH2 histogram, is ${inWords(type)}`, subject);
    }
    const width = binsOf(histogram, 'fXaxis', subject);
    const height = binsOf(histogram, 'fYaxis', subject);
    const cells = rootArray(field(histogram, 'fArray'));
    const frame = (width + 2) * (height + 2);
    if (cells?.length !== frame) {
      throw wrong(`fArray must have ${frame} cells, has ${cells?.length ?? 'none'}`, subject);
    }
    return matrixOf(innerRows(cells, width, height), subject);
  },
};

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
