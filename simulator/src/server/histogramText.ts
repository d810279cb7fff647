import { formatChamber, type ChamberId, type Matrix } from '@dtdqm/contract';
import { formatNumber } from './number.ts';

/** Cells of a histogram as they will stand in the JSON text, so that a cell can also be `nan` or `"inf"`. */
export type Cells = string[][];

export function cellsOf(matrix: Matrix): Cells {
  return matrix.map((row) => row.map(formatNumber));
}

export const histogramName = (chamber: ChamberId) => `OccupancyAllHits_perCh_${formatChamber(chamber)}`;

/** Folder of a chamber's histograms on the DQM server. */
export const histogramFolder = ({ wheel, sector, station }: ChamberId) =>
  `DT/01-Digi/Wheel${wheel}/Sector${sector}/Station${station}`;

/** Body of `/jsonfairy/archive/...`: `content[y][x]`, lowest layer first. */
export function classicHistogram(chamber: ChamberId, cells: Cells): string {
  const width = cells[0]?.length ?? 0;
  const hits = cells.flat().map(Number).filter(Number.isFinite);
  const title = `Occupancy all hits per chamber ${formatChamber(chamber)}`;
  const sum = hits.reduce((total, value) => total + value, 0);
  const axis = (name: string, bins: number) =>
    `{"first":{"id":1,"value":1},"last":{"id":${bins},"value":${bins + 1}},"title":"${name}"}`;
  const range = `{"min":${formatNumber(Math.min(...hits))},"max":${formatNumber(Math.max(...hits))}}`;
  return (
    `{"hist":{"type":"TH2","title":"${title}","stats":{"entries":${formatNumber(sum)}},` +
    `"xaxis":${axis('Wire', width)},"yaxis":${axis('Layer', cells.length)},"values":${range},` +
    `"bins":{"integral":[[${formatNumber(sum)}]],"content":[${joinRows(cells)}]}}}\n`
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
