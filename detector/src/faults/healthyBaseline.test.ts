import { describe, expect, it } from 'vitest';
import { viewChamber } from '../features/chamberView.ts';
import { superlayerRatio } from '../features/levels.ts';
import { chamberWires, type ChamberWires } from '../prepare/chamberWires.ts';
import { healthyBaseline, healthyHits, raiseToPast } from './healthyBaseline.ts';

const chamber = { wheel: 0, station: 1, sector: 1 } as const;

/** A chamber of 48 wires a layer that counts what a healthy one does, and what `change` makes of it. */
function wiresOf(change: (matrix: number[][]) => void = () => {}, history: number[][][] = []): ChamberWires {
  const matrix = healthy();
  change(matrix);
  return chamberWires({ chamber, matrix, history, exposures: history.map(() => 1) });
}
const healthy = () =>
  Array.from({ length: 12 }, (_, row) => new Array<number>(48).fill(Math.round(level(row))));
const level = (row: number) => 1000 * superlayerRatio(1, 0, Math.floor(row / 4) + 1);
const fill =
  (rows: number[], hits: number, first = 0, last = 47) =>
  (matrix: number[][]) => {
    for (const row of rows) matrix[row]!.fill(hits, first, last + 1);
  };
const baselineOf = (wires: ChamberWires) => healthyBaseline(wires, viewChamber(wires));
const expected = (wires: ChamberWires, row: number) => [...healthyHits(viewChamber(wires), row)];
/** Within 3 %, which is what the expectation from siblings is biased by at most here. */
const near = (value: number, wanted: number) => Math.abs(value / wanted - 1) < 0.03;

const rows = Array.from({ length: 12 }, (_, row) => row);

describe('the hits of a healthy layer', () => {
  it('are those of its siblings where it is dead itself', () => {
    const hits = expected(wiresOf(fill([2], 0)), 2);
    expect(hits).toHaveLength(48);
    expect(hits.every((value) => near(value, level(2)))).toBe(true);
  });

  it('are those of the profile where all siblings lack the same cells', () => {
    const hits = expected(wiresOf(fill([0, 1, 2, 3], 0, 20, 24)), 1);
    // Scaled to the mean of the upper layers, 43 of whose 48 wires count.
    hits.forEach((value, wire) =>
      expect(near(value, wire >= 20 && wire <= 24 ? (43 / 48) * level(1) : level(1))).toBe(true),
    );
  });

  it('are those of the profile where its siblings lack more than two fifths at the same cells', () => {
    const hits = expected(wiresOf(fill([0, 2, 3], 400, 20, 24)), 1);
    for (const wire of [20, 22, 24]) expect(hits[wire]).toBeGreaterThan(0.8 * level(1));
  });

  it.each([
    ['dead', 0],
    ['at a third', 1 / 3],
  ])('are those of the other superlayers where the own one is %s', (_, share) => {
    // The second superlayer, which lies across, counts something else than the first and the third.
    for (const rows of [
      [0, 1, 2, 3],
      [4, 5, 6, 7],
    ]) {
      const wires = wiresOf(fill(rows, share * level(rows[0]!)));
      for (const row of rows)
        expect(expected(wires, row).every((value) => near(value, level(row)))).toBe(true);
    }
  });

  it('are none where nothing in the chamber counts', () => {
    const wires = wiresOf(fill(rows, 0));
    for (const row of rows) expect(expected(wires, row)).toEqual(new Array(48).fill(0));
  });

  it('are its own where the superlayer is a little below the others only', () => {
    const values = expected(wiresOf(fill([0, 1, 2, 3], 850)), 0);
    expect(values.every((value) => near(value, 850))).toBe(true);
  });

  it('are those of the past, at the level of this run, where all layers have surely sunk at one place', () => {
    const wires = wiresOf(fill(rows, 400, 0, 7), [healthy()]);
    const view = viewChamber(wires);
    const hits = healthyHits(view, 4);
    raiseToPast(view, 4, hits);
    // 40 of 48 wires as before and 8 at about half: the run counts nine tenths of its past.
    for (const wire of [0, 5, 7]) expect(hits[wire]! / level(4)).toBeGreaterThan(0.88);
    expect(near(hits[40]!, level(4))).toBe(true);
  });

  it('are those of the past where the chamber has sunk as a whole, for the length of the run', () => {
    const half = healthy().map((row) => row.map((hits) => Math.round(hits / 2)));
    const wires = wiresOf((matrix) => matrix.splice(0, 12, ...half), [healthy()]);
    const view = viewChamber(wires);
    const hits = healthyHits(view, 4);
    expect(near(hits[5]!, level(4) / 2)).toBe(true);
    raiseToPast(view, 4, hits);
    expect(hits.every((value) => near(value, level(4)))).toBe(true);
    const unknown = viewChamber({ ...wires, exposures: undefined });
    const byShape = healthyHits(unknown, 4);
    raiseToPast(unknown, 4, byShape);
    expect(byShape.every((value) => near(value, level(4) / 2))).toBe(true);
  });

  it('stay at the level of this run where it is a little short of its past as a whole', () => {
    const wires = wiresOf(
      (matrix) => matrix.splice(0, 12, ...healthy().map((row) => row.map((hits) => 0.9 * hits))),
      [healthy()],
    );
    const view = viewChamber(wires);
    const hits = healthyHits(view, 4);
    raiseToPast(view, 4, hits);
    expect(hits.every((value) => near(value, 0.9 * level(4)))).toBe(true);
  });

  it('stay what they are where a few cells have sunk, which may be chance', () => {
    // Three cells speak for 4.5 nats at most.
    const view = viewChamber(wiresOf(fill(rows, 400, 20, 22), [healthy()]));
    const hits = healthyHits(view, 4);
    const before = [...hits];
    raiseToPast(view, 4, hits);
    expect([...hits]).toEqual(before);
  });

  it('stay what they are without a past, and where the past says the same', () => {
    for (const wires of [wiresOf(), wiresOf(() => {}, [healthy()])]) {
      const view = viewChamber(wires);
      const hits = healthyHits(view, 4);
      const before = [...hits];
      raiseToPast(view, 4, hits);
      expect([...hits]).toEqual(before);
    }
  });
});

describe('the healthy baseline', () => {
  it('is the chamber itself where nothing lacks', () => {
    const wires = wiresOf();
    expect(baselineOf(wires)).toBe(wires);
    // A tenth is below what is filled in, whatever its significance.
    const weak = wiresOf(fill([2], 900));
    expect(baselineOf(weak)).toBe(weak);
  });

  it('fills in what lacks and leaves all other wires and layers alone', () => {
    const wires = wiresOf((matrix) => {
      fill([2], 100, 10, 30)(matrix);
      // Others of the layer are a little below or above what is expected, as wires are.
      for (const wire of [3, 7, 33, 45]) matrix[2]![wire]! *= wire % 2 ? 0.96 : 1.04;
    });
    const { layers } = baselineOf(wires);
    layers.forEach((hits, row) => row !== 2 && expect(hits).toBe(wires.layers[row]));
    layers[2]!.forEach((value, wire) => {
      if (wire >= 10 && wire <= 30) expect(near(value, level(2))).toBe(true);
      else expect(value).toBe(wires.layers[2]![wire]);
    });
  });

  it('fills in a layer that is low as a whole', () => {
    const { layers } = baselineOf(wiresOf(fill([7], 0.8 * level(7))));
    expect(layers[7]!.every((value) => near(value, level(7)))).toBe(true);
  });

  it('fills in a stretch so short that the layer as a whole is hardly low', () => {
    const { layers } = baselineOf(wiresOf(fill([2], 0, 20, 22)));
    for (const wire of [20, 21, 22]) expect(near(layers[2]![wire]!, level(2))).toBe(true);
  });

  it('fills in a layer from 15 % below what is expected on', () => {
    const { layers } = baselineOf(wiresOf(fill([7], 0.83 * level(7))));
    expect(layers[7]!.every((value) => near(value, level(7)))).toBe(true);
    const weak = wiresOf(fill([7], 0.88 * level(7)));
    expect(baselineOf(weak)).toBe(weak);
  });

  it('fills in nothing that few hits lack by chance', () => {
    const scattered = [3, 2, 4, 3, 1, 3, 5, 2, 3, 0, 4, 3];
    const wires = wiresOf((matrix) =>
      matrix.forEach((row, index) =>
        row.forEach((_, wire) => (row[wire] = scattered[(wire * 7 + index * 5) % 12]!)),
      ),
    );
    expect(baselineOf(wires)).toBe(wires);
  });

  it('fills in what is missing in hits, also of a run so long that it is judged as a shorter one', () => {
    const long = 50;
    const wires = wiresOf((matrix) => {
      matrix.forEach((row) => row.forEach((hits, wire) => (row[wire] = long * hits)));
      matrix[2]!.fill(0, 10, 31);
    });
    expect(viewChamber(wires).thinning).toBeLessThan(0.1);
    const { layers } = baselineOf(wires);
    for (let wire = 10; wire <= 30; wire++) expect(near(layers[2]![wire]!, long * level(2))).toBe(true);
    expect(layers[2]![5]).toBe(wires.layers[2]![5]);
  });

  it('does so in a chamber that has two superlayers only', () => {
    const matrix = Array.from({ length: 12 }, (_, row) =>
      new Array<number>(96).fill(row >= 4 && row < 8 ? -1 : 1000),
    );
    matrix[9]!.fill(0, 10, 40);
    const wires = chamberWires({ chamber: { wheel: 0, station: 4, sector: 1 }, matrix });
    const { layers } = baselineOf(wires);
    expect(layers.map((hits) => hits === null)).toEqual(wires.layers.map((hits) => hits === null));
    for (let wire = 10; wire < 40; wire++) expect(near(layers[9]![wire]!, 1000)).toBe(true);
  });

  it('brings spikes down to what is expected', () => {
    const { layers } = baselineOf(wiresOf((matrix) => (matrix[5]![9] = 50_000)));
    expect(near(layers[5]![9]!, level(5))).toBe(true);
    const twice = wiresOf((matrix) => (matrix[5]![9] = Math.floor(1.9 * level(5))));
    expect(baselineOf(twice)).toBe(twice);
  });
});
