import { layersOfSuperlayer, noWire, superlayers } from '@dtdqm/contract';
import { defaultModelFolder } from '@dtdqm/detector';
import { loadModel, scoreChambers, selectBackend } from '@dtdqm/detector/engine';
import { classicDialect } from '@dtdqm/worker/dqm/dialects';
import { expect, test } from 'vitest';

const chamber = { wheel: -1, station: 1, sector: 2 } as const;
const width = 59;

/**
 * A reply in the form and with the geometry of the real one of run 317111, with hits of our own: axes from 1 to 60, layers of 49 and 57
 * wires, a -1 in column 1 of the fourth layer of each superlayer, ten and two of them at the right, entries as a float, negative
 * integrals (they sum up the -1), one label without its space.
 *
 * @param hits of a wire that exists.
 */
function realReply(hits: (layer: number, wire: number) => number): string {
  const name = 'OccupancyAllHits_perCh_W-1_St1_Sec2';
  const content = superlayers.flatMap((superlayer) =>
    layersOfSuperlayer(superlayer).map((layer, own) =>
      Array.from({ length: width }, (_, x) => {
        const wire = x + 1;
        return wire <= (superlayer === 2 ? 57 : 49) && !(own === 3 && wire === 1)
          ? hits(layer, wire)
          : noWire;
      }),
    ),
  );
  const labels = superlayers.flatMap((superlayer) =>
    [1, 2, 3, 4].map((own) => `SL${superlayer}:${superlayer === 3 && own === 2 ? '' : ' '}L${own}`),
  );
  const axis = { first: { id: 1, value: 1 }, last: { id: width, value: width + 1 } };
  const json = JSON.stringify({
    hist: {
      type: 'TH2',
      title: name,
      stats: {
        name,
        entries: 'ENTRIES',
        mean: { X: { value: 122, error: 0 }, Y: { value: 10.5, error: 0 } },
        rms: { X: { value: 88.6006, error: 0 }, Y: { value: 0.760886, error: 0 } },
        underflow: 0,
        overflow: 0,
      },
      xaxis: axis,
      yaxis: {
        first: { id: 1, value: 0 },
        last: { id: 12, value: 12 },
        labels: labels.map((value, row) => ({ center: row + 0.5, value })),
      },
      values: { min: -1, max: Math.max(...content.flat()) },
      bins: { integral: [[0, -12, 0], [0, -38, 0], [0, 0, 0]], content }, // prettier-ignore
    },
  });
  return json.replace('"ENTRIES"', '240.000000');
}

const read = (text: string) =>
  classicDialect.parseHistogram(
    {
      status: 200,
      location: undefined,
      retryAfter: undefined,
      date: undefined,
      text,
    },
    'https://dqm.example/dqm/online/x',
    { run: 317111, chamber },
  );

test('the wires of a reply as the real server gives it are its columns', () => {
  const matrix = read(realReply((layer, wire) => 1000 * layer + wire));
  matrix.forEach((row, index) => {
    const layer = index + 1;
    row.forEach((hits, x) => expect([noWire, 1000 * layer + x + 1]).toContain(hits));
    expect(row.findIndex((hits) => hits !== noWire) + 1).toBe(layer % 4 === 0 ? 2 : 1);
    expect(row.findLastIndex((hits) => hits !== noWire) + 1).toBe(layer > 4 && layer <= 8 ? 57 : 49);
  });
});

test('a fault in it has these wires in every layer, and the same in all four', async () => {
  await selectBackend('wasm');
  const model = await loadModel(await defaultModelFolder());
  const isDead = (layer: number, wire: number) =>
    wire >= 20 && wire <= (layer <= 4 ? 24 : 27) && (layer <= 4 || layer === 8);
  const matrix = read(
    realReply((layer, wire) => (isDead(layer, wire) ? 0 : 200 + ((wire * 7 + layer * 3) % 11))),
  );
  const [judged] = scoreChambers(model, [{ chamber, matrix }]);
  expect(judged!.faults).toMatchObject([
    { kind: 'dead-region', layers: [8], wires: { first: 20, last: 27 } },
    { kind: 'front-end-board', layers: [1, 2, 3, 4], wires: { first: 20, last: 24 } },
  ]);
});
