import { readFile } from 'node:fs/promises';
import { chamberIdSchema, formatChamber, wiresOf, type ChamberId, type Matrix } from '@dtdqm/contract';
import { referenceLumisections, simulateChamber } from '../src/detector/index.ts';
import { measure, type Healthiness } from './measure.ts';

/**
 * Compares simulated healthy chambers with recorded ones, station by station, and prints the table of simulator/README.md.
 *
 *     node --import tsx simulator/calibration/compare.ts FILE.jsonl
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

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function atReference({ chamber }: Recorded): Matrix[] {
  return Array.from({ length: copies }, (_, copy) => {
    const seed = `${formatChamber(chamber)}/${copy}`;
    return simulateChamber({ chamber, buildSeed: seed, runSeed: seed, lumisections: referenceLumisections })
      .matrix;
  });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
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
  const title = `| MB${station}: ${here.length} real chambers, ${made.length} simulated | real | simulated |`;
  const level = `| hits per wire of layer 1 (real: as recorded; simulated: 100 lumisections) | ${median(here.map(({ matrix }) => mean(wiresOf(matrix[0]!)))).toFixed(1)} | ${median(rates).toFixed(1)} |`;
  process.stdout.write(`${[title, '| --- | --- | --- |', level, ...lines].join('\n')}\n\n`);
}
