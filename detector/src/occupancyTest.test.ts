import { layersOf, type ChamberId, type Matrix, type Station } from '@dtdqm/contract';
import { expect, test } from 'vitest';
import { occupancyTest } from './occupancyTest.ts';
import { someChamber } from './testing/index.ts';

/** A chamber of which the first wires of each layer are dead. */
function withDead(share: number, station: Station = 2): { chamber: ChamberId; matrix: Matrix } {
  return someChamber(station, 1, (rows) =>
    rows.forEach((row) => row.fill(0, 0, Math.round(share * row.filter((hits) => hits >= 0).length))),
  );
}

const judge = ({ chamber, matrix }: { chamber: ChamberId; matrix: Matrix }) => occupancyTest(chamber, matrix);

test.each([
  [0, 0],
  [0.08, 0],
  [0.12, 1],
  [0.3, 2],
  [0.6, 3],
  [0.9, 4],
])('%d of the cells dead is status %d', (share, status) => {
  const { live, ...said } = judge(withDead(share));
  expect(said.status).toBe(status);
  expect(live).toBeCloseTo(1 - share, 1);
});

test('a dead layer, and a layer at a tenth, leave a chamber green: what the alarm misses', () => {
  const dead = judge(someChamber(2, 1, (rows) => rows[8]!.fill(0, 0, 58)));
  expect(dead).toMatchObject({ status: 0, layers: [9] });
  const weak = judge(
    someChamber(2, 1, (rows) => (rows[8] = rows[8]!.map((hits) => (hits > 0 ? Math.ceil(hits / 10) : hits)))),
  );
  expect(weak).toEqual({ status: 0, live: 1, layers: [] });
});

test('seven neighbouring dead cells mark a layer, six do not, nor do seven with one between that counts', () => {
  const { layers } = judge(
    someChamber(2, 1, (rows) => {
      rows[0]!.fill(0, 10, 17);
      rows[1]!.fill(0, 10, 16);
      rows[2]!.fill(0, 10, 18);
      rows[2]![14] = 1;
    }),
  );
  expect(layers).toEqual([1]);
});

test('with few hits dead cells are not counted, with next to none the chamber is dead', () => {
  const thin = (every: number, station: Station) =>
    judge(
      someChamber(station, 1, (rows) =>
        rows.forEach((row, y) =>
          row.forEach((hits, x) => hits >= 0 && (row[x] = (x + y) % every === 0 ? 1 : 0)),
        ),
      ),
    );
  expect(thin(3, 2).status).toBe(0);
  expect(thin(10, 2).status).toBe(4);
  expect(thin(20, 3).status).toBe(0);
});

test('layers that a station has not are none of its cells', () => {
  const { layers } = judge(withDead(0.5, 4));
  expect(layers).toEqual([...layersOf(4)]);
});
