import type { ChamberId, Matrix } from '@dtdqm/contract';
import type { Subject } from './error.ts';
import type { ListedRun } from './source.ts';
import type { Reply } from './transport.ts';

/** How one kind of DQM server is asked, and what its replies mean. Addresses are relative to the base URL. */
export interface Dialect {
  readonly name: 'classic' | 'new';
  /** A cheap request that only this kind of server answers sensibly. */
  readonly probe: string;
  listing(dataset: string): string;
  /** @throws {DqmError} */
  parseListing(reply: Reply, url: string): ListedRun[];
  histogram(run: ListedRun, chamber: ChamberId): string;
  /** @throws {DqmError} with code `absent` when the server has no such histogram. */
  parseHistogram(reply: Reply, url: string, subject: Subject): Matrix;
}

/** Datasets are compared and put into addresses without the leading slash that listings give them. */
export const bareDataset = (dataset: string) => dataset.replace(/^\/+|\/+$/g, '');

/** Path of the occupancy histogram of a chamber, below the dataset; common to both kinds of server. */
export function occupancyPath({ wheel, station, sector }: ChamberId): string {
  return (
    `DT/01-Digi/Wheel${wheel}/Sector${sector}/Station${station}/` +
    `OccupancyAllHits_perCh_W${wheel}_St${station}_Sec${sector}`
  );
}

export const encodePath = (path: string) => path.split('/').map(encodeURIComponent).join('/');
