import { matrixOf, wrong } from './cells.ts';
import { bareDataset, encodePath, occupancyPath, type Dialect } from './dialect.ts';
import { DqmError } from './error.ts';
import { datasetOf, field, listOf, runNumber } from './field.ts';
import { inWords, jsonOf } from './reply.ts';

/** The DQM GUI that serves `/jsonfairy/archive` and `/data/json/samples`. */
export const classicDialect: Dialect = {
  name: 'classic',
  // Matches nothing, so the answer is short.
  probe: '/data/json/samples?match=%5E%24',

  listing: (dataset) =>
    `/data/json/samples?match=${encodeURIComponent(bareDataset(dataset).replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))}`,

  parseListing(reply, url) {
    const groups = listOf(field(jsonOf(reply, url, {}), 'samples'), 'samples');
    return groups.flatMap((group, g) =>
      listOf(field(group, 'items'), `samples ${g + 1} items`).map((item, i) => ({
        run: runNumber(field(item, 'run'), `samples ${g + 1} item ${i + 1}`),
        dataset: datasetOf(field(item, 'dataset'), `samples ${g + 1} item ${i + 1}`),
      })),
    );
  },

  histogram: ({ run, dataset }, chamber) =>
    `/jsonfairy/archive/${run}/${encodePath(bareDataset(dataset))}/${occupancyPath(chamber)}`,

  parseHistogram(reply, url, subject) {
    const histogram = field(jsonOf(reply, url, subject), 'hist');
    if (histogram === 'unsupported type') throw new DqmError('absent', 'no such histogram', subject);
    if (typeof histogram === 'string') throw wrong(`histogram is "${inWords(histogram)}"`, subject);
    const type = field(histogram, 'type');
    if (typeof type !== 'string' || !type.startsWith('TH2')) {
      throw wrong(`must be a TH2 histogram, is ${inWords(type)}`, subject);
    }
    return matrixOf(field(field(histogram, 'bins'), 'content'), subject);
  },
};
