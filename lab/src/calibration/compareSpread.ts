import { readFile } from 'node:fs/promises';
import {
  type ChamberId,
  type Matrix,
  chamberIdSchema,
  formatChamber,
  noWire,
  wiresOf,
} from '@dtdqm/contract';
import { mean, median, sampleStandardDeviation } from '@dtdqm/contract/numbers';
import { inOwnColumns } from '@dtdqm/detector/engine';
import { referenceLumisections, simulateChamber } from '@dtdqm/simulator/detector';

/**
 * Compares simulated healthy chambers with recorded ones, station by station, and prints the table of simulator/README.md.
 *
 *     node --import tsx lab/src/calibration/compareSpread.ts FILE.jsonl
 *
 * FILE holds `{run, wheel, station, sector, matrix, badLayers}`; only chambers with `badLayers: []` are used.
 */
const copies = 20;

interface Recorded {
  readonly chamber: ChamberId;
  readonly matrix: Matrix;
}

async function readHealthy(file: string): Promise<Recorded[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line.trim() !== '');
  return lines.flatMap((line) => {
    const record = JSON.parse(line) as { matrix: Matrix; badLayers: number[] | null };
    return record.badLayers?.length === 0
      ? [{ chamber: chamberIdSchema.parse(record), matrix: record.matrix }]
      : [];
  });
}

/** Simulated chambers in the same place, at the recorded chamber's level. */
function simulated({ chamber, matrix }: Recorded): Matrix[] {
  const wanted = mean(wiresOf(matrix[0]!));
  return Array.from({ length: copies }, (_, copy) => {
    const seed = `${formatChamber(chamber)}/${copy}`;
    const at = (lumisections: number) =>
      simulateChamber({ chamber, buildSeed: seed, runSeed: seed, lumisections }).matrix;
    const level = mean(wiresOf(at(1000)[0]!)) / 1000;
    return at(Math.max(1, wanted / level));
  });
}

function atReference({ chamber }: Recorded): Matrix[] {
  return Array.from({ length: copies }, (_, copy) => {
    const seed = `${formatChamber(chamber)}/${copy}`;
    return simulateChamber({ chamber, buildSeed: seed, runSeed: seed, lumisections: referenceLumisections })
      .matrix;
  });
}

const rows: readonly [label: string, of: (one: Healthiness) => number, digits: number][] = [
  ['theta over inner phi', (one) => one.thetaOverPhi, 3],
  ['outer over inner phi', (one) => one.outerOverInner, 3],
  ['layer-to-layer spread in a superlayer, sd', (one) => one.layerSpread, 4],
  ['wire-to-wire scatter against siblings, variance over Poisson', (one) => one.wireScatter, 2],
  ['columns of four about a smooth profile, variance over Poisson', (one) => one.columnScatter, 2],
  ['phi: first two cells over the mean', (one) => one.phiFirst, 2],
  ['phi: last two cells over the mean', (one) => one.phiLast, 2],
  ['theta: first two cells over the mean', (one) => one.thetaFirst, 2],
  ['theta: last two cells over the mean', (one) => one.thetaLast, 2],
  ['dead cells per layer (mean)', (one) => one.deadPerLayer, 3],
  ['noisy cells per layer (mean)', (one) => one.noisyPerLayer, 3],
];

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: compare.ts FILE.jsonl');
const recorded = await readHealthy(file);
for (const station of [1, 2, 3]) {
  const here = recorded.filter(({ chamber }) => chamber.station === station);
  const real = here.map(({ matrix }) => measure(matrix));
  const made = here.flatMap((one) => simulated(one).map(measure));
  const rates = here.flatMap((one) => atReference(one).map((matrix) => mean(wiresOf(matrix[0]!))));
  const lines = rows.map(([label, of, digits]) => {
    const summarise = (all: Healthiness[]) => {
      const values = all.map(of).filter(Number.isFinite);
      return label.includes('(mean)') ? mean(values).toFixed(digits) : median(values).toFixed(digits);
    };
    return `| ${label} | ${summarise(real)} | ${summarise(made)} |`;
  });
  const spreads = [1, copies].map((times) =>
    thetaSpread(
      here.flatMap((one) =>
        (times === 1 ? [one.matrix] : simulated(one)).map((matrix) => ({ wheel: one.chamber.wheel, matrix })),
      ),
    ),
  );
  lines.push(
    `| theta over inner phi, over the mean of its wheel: sd of ln | ${spreads.map((spread) => spread.toFixed(3)).join(' | ')} |`,
  );
  const title = `| MB${station}: ${here.length} real chambers, ${made.length} simulated | real | simulated |`;
  const level = `| hits per wire of layer 1 (real: as recorded; simulated: 100 lumisections) | ${median(here.map(({ matrix }) => mean(wiresOf(matrix[0]!)))).toFixed(1)} | ${median(rates).toFixed(1)} |`;
  process.stdout.write(`${[title, '| --- | --- | --- |', level, ...lines].join('\n')}\n\n`);
}

/** How far the theta superlayers of chambers that should be alike differ from phi: what a weak one has to stand out from. */
function thetaSpread(chambers: readonly { readonly wheel: number; readonly matrix: Matrix }[]): number {
  const deviations = [0, 1, 2].flatMap((distance) => {
    const own = chambers
      .filter(({ wheel }) => Math.abs(wheel) === distance)
      .map(({ matrix }) => Math.log(measure(matrix).thetaOverPhi));
    return own.length > 1
      ? own.map((value) => (value - mean(own)) * Math.sqrt(own.length / (own.length - 1)))
      : [];
  });
  return Math.sqrt(mean(deviations.map((value) => value ** 2)));
}

/** What healthy chambers are compared by. */
export interface Healthiness {
  readonly thetaOverPhi: number;
  readonly outerOverInner: number;
  readonly layerSpread: number;
  readonly wireScatter: number;
  readonly columnScatter: number;
  readonly phiFirst: number;
  readonly phiLast: number;
  readonly thetaFirst: number;
  readonly thetaLast: number;
  readonly deadPerLayer: number;
  readonly noisyPerLayer: number;
}

/** Figures of one chamber of MB1-3. Dead cells do not count in means and scatter. */
export function measure(matrix: Matrix): Healthiness {
  const rows = inOwnColumns(matrix);
  const fours = [0, 1, 2].map((index) => rows.slice(4 * index, 4 * index + 4));
  const superlayers = fours.map((four) => four.map(wiresOf));
  const levels = superlayers.map((four) => mean(four.map(levelOf)));
  const scatter = fours.map(scatterOf);
  const [first, theta, outer] = superlayers as [number[][], number[][], number[][]];
  const cells = fours.flatMap(countOddCells);
  return {
    thetaOverPhi: levels[1]! / levels[0]!,
    outerOverInner: levels[2]! / levels[0]!,
    layerSpread: mean(
      superlayers.map((four) => sampleStandardDeviation(four.map(levelOf)) / mean(four.map(levelOf))),
    ),
    wireScatter: median(scatter.map(({ wires }) => wires)),
    columnScatter: median(scatter.map(({ columns }) => columns)),
    phiFirst: mean([endOf(first, 0), endOf(outer, 0)]),
    phiLast: mean([endOf(first, -2), endOf(outer, -2)]),
    thetaFirst: endOf(theta, 0),
    thetaLast: endOf(theta, -2),
    deadPerLayer: mean(cells.map(({ dead }) => dead)),
    noisyPerLayer: mean(cells.map(({ noisy }) => noisy)),
  };
}

function levelOf(layer: readonly number[]): number {
  return mean(layer.filter((hits) => hits > 0));
}

/** Mean of two cells at an end of the four layers, over the mean of the layers. */
function endOf(four: readonly number[][], from: 0 | -2): number {
  return mean(four.map((layer) => mean(layer.slice(from, from === 0 ? 2 : undefined)) / levelOf(layer)));
}

/**
 * Robust variance over what counting gives: of wires about their siblings, of columns about a running mean.
 *
 * @param four rows of a superlayer, by column.
 */
function scatterOf(four: readonly number[][]): { wires: number; columns: number } {
  const complete = four[0]!.flatMap((_, column) =>
    four.every((row) => row[column]! !== noWire) ? [column] : [],
  );
  const columns = complete.map((column) => mean(four.map((row) => row[column]!)));
  const wires = four.flatMap((row) =>
    complete.map(
      (column, index) => (row[column]! - columns[index]!) ** 2 / Math.max(0.75 * columns[index]!, 0.5),
    ),
  );
  const smooth = columns.map((_, wire) => mean(columns.slice(Math.max(0, wire - 4), wire + 5)));
  const about = columns.slice(4, -4).map((value, index) => {
    const expected = smooth[index + 4]!;
    return (4 * (value - expected) ** 2) / (expected * (1 - 1 / 9));
  });
  const medianChiSquared = 0.455;
  return { wires: median(wires) / medianChiSquared, columns: median(about) / medianChiSquared };
}

function countOddCells(four: readonly number[][]): { dead: number; noisy: number }[] {
  return four.map((row, own) => {
    const cells = row.flatMap((hits, column) => {
      const there = wiresOf(four.flatMap((other, index) => (index === own ? [] : [other[column]!])));
      return hits === noWire || there.length === 0 ? [] : [{ hits, expected: median(there) }];
    });
    return {
      dead: cells.filter(({ hits, expected }) => hits === 0 && expected >= 5).length,
      noisy: cells.filter(({ hits, expected }) => hits > 1.5 * expected + 6 * Math.sqrt(expected + 1)).length,
    };
  });
}
