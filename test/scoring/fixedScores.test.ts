import { join } from 'node:path';
import { expect, test } from 'vitest';
import { modelsFolder } from '@dtdqm/detector';
import { chamberWires, loadModel, scoresOf, selectBackend } from '@dtdqm/detector/engine';
import { someChamber } from '@dtdqm/detector/testing';

function scale(row: number[], factor: number): void {
  row.forEach((hits, wire) => hits > 0 && (row[wire] = Math.round(factor * hits)));
}

const past = someChamber().matrix;
const chambers = [
  someChamber(2, 1, (rows) => rows[4]!.fill(0, 10, 16)),
  { ...someChamber(4, 9, (rows) => scale(rows[0]!, 0.85)), history: [someChamber(4, 9).matrix] },
  { ...someChamber(2, 1, (rows) => rows.slice(8).forEach((row) => scale(row, 0.9))), history: [past, past] },
];

/** Stored scores are compared with for years: a model scores as it did when it was shipped. Logits of the layers of each chamber. */
const shipped: [model: string, logits: (number | null)[][]][] = [
  [
    'original-architecture/1',
    [
      [-5, -5.049, -5.099, -5.138, 10.676, -4.769, -5.083, -4.827, -4.886, -5.289, -4.988, -4.916],
      [-5.143, -4.837, -4.769, -5.083, null, null, null, null, -4.916, -4.873, -4.891, -5.231],
      [-5, -5.049, -5.099, -5.138, -4.837, -4.769, -5.083, -4.827, -4.903, -5.281, -4.987, -4.931],
    ],
  ],
  [
    'shape-and-rate/1',
    [
      [
        -12.323, -12.114, -12.498, -12.846, 7.263, -12.64, -12.89, -12.915, -11.455, -11.367, -11.576,
        -11.979,
      ],
      [-0.729, -12.281, -12.811, -13.055, null, null, null, null, -11.284, -11.126, -11.435, -12.153],
      [
        -12.93, -12.569, -12.693, -13.006, -12.187, -11.986, -12.263, -12.97, -12.244, -12.122, -11.966,
        -12.043,
      ],
    ],
  ],
  [
    'shape-and-rate/2',
    [
      [
        -11.455, -11.264, -11.626, -12.167, 3.923, -11.297, -11.728, -12.413, -11.856, -12.095, -12.181,
        -12.592,
      ],
      [-5.549, -14.756, -14.786, -14.902, null, null, null, null, -14.223, -14.076, -14.156, -14.484],
      [
        -14.211, -14.097, -14.254, -14.447, -14.653, -14.374, -14.655, -14.96, -15.107, -15.053, -15.046,
        -15.19,
      ],
    ],
  ],
  [
    'shape-and-rate/3',
    [
      [-6.633, -6.382, -6.7, -6.728, 11.276, -6.356, -6.943, -6.864, -9.187, -9.052, -9.269, -9.266],
      [1.213, -7.878, -7.638, -8.065, null, null, null, null, -8.361, -8.274, -8.138, -8.402],
      [-9.399, -9.359, -9.268, -9.374, -8.192, -8.208, -8.155, -8.233, -8.398, -8.186, -8.361, -8.857],
    ],
  ],
  [
    'shape-and-rate/4',
    [
      [-6.067, -6.014, -5.476, -5.543, 19.016, -5.029, -5.232, -4.768, -8.849, -8.804, -8.293, -8.458],
      [2.81, -8.659, -8.186, -8.301, null, null, null, null, -10.318, -10.137, -9.914, -9.651],
      [-8.962, -8.884, -8.156, -8.107, -7.816, -7.801, -7.66, -7.446, -5.6, -5.574, -4.913, -5.309],
    ],
  ],
];

test.each(shipped)('%s scores as it did when it was shipped', async (model, expected) => {
  await selectBackend('wasm');
  const loaded = await loadModel(join(modelsFolder, model));
  // What the network says; the judge beside it may raise that, as of layers that are like others some wires further along.
  const wires = chambers.map((chamber) => chamberWires({ ...chamber }));
  const samples = loaded.preprocessing.prepare(wires);
  const differences = loaded.network.differences(samples.tensors, samples.layers.length);
  scoresOf(samples, differences, wires.length, loaded.metadata.calibration).forEach((scores, chamber) =>
    scores.forEach((score, row) => {
      const logit = expected[chamber]![row]!;
      if (logit === null) expect(score).toBe(-1);
      else
        expect(Math.log(score / (1 - score)), `layer ${row + 1} of chamber ${chamber}`).toBeCloseTo(logit, 2);
    }),
  );
});
