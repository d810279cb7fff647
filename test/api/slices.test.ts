import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  chamberSlicesSchema,
  formatChamber,
  runSlicesSchema,
  sliceSumSchema,
  type ChamberId,
  type Matrix,
} from '@dtdqm/contract';
import { createScorer, type Scorer } from '@dtdqm/detector';
import { simulateChamber } from '@dtdqm/simulator/detector';
import { createExplainer } from '@dtdqm/worker/api/chambers';
import { openWorkbench, type Workbench } from '../pipeline/workbench.ts';
import { startTestApi, type TestApi } from './api.ts';

/** Looks of six lumisections each at a run in progress, through simulated DQM server, client, shipped detector and PostgreSQL. */
const lumisections = 6;
/** Loses layer 9 before the fourth look; counts much. */
const tripped: ChamberId = { wheel: 2, station: 1, sector: 4 };
/** Never counts. */
const dead: ChamberId = { wheel: -1, station: 1, sector: 9 };
/** Counts so little that two looks say nothing. */
const outer: ChamberId = { wheel: 0, station: 3, sector: 6 };
const run = 12;
const pathOf = ({ wheel, sector, station }: ChamberId) =>
  `/api/v1/chambers/${run}/${wheel}/${sector}/${station}/slices`;
const isSame = (a: ChamberId, b: ChamberId) => formatChamber(a) === formatChamber(b);

let bench: Workbench;
let api: TestApi;
let alone: TestApi;
let scorer: Scorer;
beforeAll(async () => {
  bench = await openWorkbench();
  scorer = await createScorer({ backend: 'wasm' });
  const { database } = bench;
  api = await startTestApi({}, { database, explainer: createExplainer(database, scorer) });
  alone = await startTestApi({}, { database });
  const worker = bench.worker({ scorer });
  let shown = new Map<string, Matrix>();
  for (let look = 1; look <= 5; look += 1) {
    const next = new Map<string, Matrix>();
    bench.source.set(run).overrideAll(run, (chamber) => {
      const more = counted(chamber, look);
      const before = shown.get(formatChamber(chamber));
      const sum = before
        ? more.map((row, y) => row.map((hits, x) => (hits < 0 ? hits : hits + before[y]![x]!)))
        : more;
      next.set(formatChamber(chamber), sum);
      return sum;
    });
    shown = next;
    await worker.fetchNow(run);
  }
});
afterAll(async () => {
  await api.close();
  await alone.close();
  await bench.close();
  await scorer.close();
});

function counted(chamber: ChamberId, look: number): Matrix {
  const { matrix } = simulateChamber({
    chamber,
    buildSeed: 'hazel',
    runSeed: `hazel:${look}`,
    lumisections,
    faults: [],
  });
  const isLost = (layer: number) =>
    isSame(chamber, dead) || (isSame(chamber, tripped) && layer === 9 && look > 3);
  return matrix.map((row, index) => row.map((hits) => (isLost(index + 1) ? Math.min(hits, 0) : hits)));
}

const slicesOf = async (chamber: ChamberId, query = '') =>
  chamberSlicesSchema.parse((await api.json(pathOf(chamber) + query)).body);

describe('a run through time', () => {
  it('has its looks, the newest moment and what changed', async () => {
    const { body } = await api.json(`/api/v1/runs/${run}/slices`);
    const said = runSlicesSchema.parse(body);
    expect(said).toMatchObject({ run, live: true });
    expect(said.looks.map(({ look }) => look)).toEqual([1, 2, 3, 4, 5]);
    expect(said.latest).toEqual(said.looks[4]!.to);
    expect(said.looks[1]!.from).toEqual(said.looks[0]!.to);
    expect(said.looks.every(({ hits, gap }) => hits > 10_000 && gap === null)).toBe(true);
    expect(said.changes.filter((change) => isSame(change as ChamberId, tripped))).toMatchObject([
      { kind: 'trip', layers: [9], wires: null },
    ]);
  });

  it('is not sent again to whoever has it, and there is none of a run that is not stored', async () => {
    for (const path of [`/api/v1/runs/${run}/slices`, pathOf(tripped)]) {
      const etag = (await api.fetch(path)).headers.get('ETag')!;
      expect((await api.fetch(path, { headers: { 'If-None-Match': etag } })).status).toBe(304);
    }
    expect((await api.json('/api/v1/runs/99/slices')).status).toBe(404);
    expect((await api.json('/api/v1/chambers/99/0/1/1/slices')).status).toBe(404);
  });
});

describe('a chamber through a run', () => {
  it('shows when a layer was lost, by its share and by its verdict', async () => {
    const { slices, changes } = await slicesOf(tripped, '?layer=9');
    const layer9 = slices.map(({ layerHits, ratios, verdicts, wires, to }) => {
      expect(wires!.filter((hits) => hits > 0).reduce((sum, hits) => sum + hits, 0)).toBe(layerHits[8]);
      return { hits: layerHits[8]!, ratio: ratios[8]!, verdict: verdicts[8], to };
    });
    const [last] = layer9.slice(-1);
    expect(last).toMatchObject({ hits: 0, ratio: 0, verdict: 'bad' });
    expect(layer9[0]!.verdict).toBe('good');
    expect(layer9[0]!.ratio).toBeGreaterThan(0.8);
    expect(changes).toHaveLength(1);
    expect(slices.at(-1)!.faults.map(({ kind }) => kind)).toContain('dead-layer');
    for (const [index, slice] of slices.entries()) {
      if (index > 0) expect(slice.from).toEqual(slices[index - 1]!.to);
    }
  });

  it('waits where a look brings too few hits, and says what waits', async () => {
    const { slices, waiting } = await slicesOf(outer);
    expect(slices).toEqual([]);
    expect(waiting!.hits).toBeGreaterThan(100);
    expect(waiting!.from).toBeNull();
  });

  it('does not wait for one that is dead beside all others', async () => {
    const { slices } = await slicesOf(dead);
    expect(slices.length).toBeGreaterThan(0);
    expect(slices.at(-1)).toMatchObject({ hits: 0, faults: [{ kind: 'dead-chamber' }] });
  });

  it.each(['0', '13', '1.5', 'x'])('refuses layer %s', async (layer) => {
    expect((await api.json(`${pathOf(outer)}?layer=${layer}`)).status).toBe(400);
  });
});

describe('a span of a run', () => {
  const sum = async (chamber: ChamberId, query: Record<string, string>, of = api) =>
    of.json(`${pathOf(chamber)}/sum?${new URLSearchParams(query)}`);

  it('is the sum of the slices that lie in it whole, judged', async () => {
    const { slices } = await slicesOf(tripped);
    const before = slices.filter(({ verdicts }) => verdicts[8] === 'good');
    const { body } = await sum(tripped, { to: before.at(-1)!.to.at });
    const said = sliceSumSchema.parse(body);
    expect(said).toMatchObject({
      slices: before.length,
      gaps: [],
      span: { from: null, to: before.at(-1)!.to },
    });
    const hits = said.matrix.flat().reduce((total, cell) => total + Math.max(0, cell), 0);
    expect(hits).toBe(before.reduce((total, slice) => total + slice.hits, 0));
    expect(said.verdicts[8]).toBe('good');
    expect(said.model).toBe(scorer.model);
    const after = sliceSumSchema.parse(
      (await sum(tripped, { from: slices.at(-1)!.from!.at, to: slices.at(-1)!.to.at })).body,
    );
    expect(after).toMatchObject({ slices: 1, span: { from: slices.at(-1)!.from } });
    expect(after.verdicts[8]).toBe('bad');
  });

  it('of a dead chamber is bad, not unknown', async () => {
    const { slices } = await slicesOf(dead);
    const said = sliceSumSchema.parse((await sum(dead, { to: slices.at(-1)!.to.at })).body);
    expect(said.faults).toMatchObject([{ kind: 'dead-chamber' }]);
  });

  it('is explained when that is asked for: wires of the bad layers, and of no other', async () => {
    const { slices } = await slicesOf(tripped);
    const { from, to } = slices.at(-1)!;
    const ask = async (query: Record<string, string>, of = api) =>
      sliceSumSchema.parse((await sum(tripped, { from: from!.at, to: to.at, ...query }, of)).body);
    expect((await ask({})).saliency).toBeNull();
    const { saliency, verdicts, matrix } = await ask({ saliency: 'true' });
    const explained = saliency!.flatMap((wires, row) => (wires.length > 0 ? [row] : []));
    expect(explained).toEqual(verdicts.flatMap((verdict, row) => (verdict === 'bad' ? [row] : [])));
    expect(explained).toContain(8);
    const [said, hits] = [saliency![8]!, matrix[8]!];
    expect(said).toHaveLength(hits.length);
    expect(Math.max(...said)).toBeGreaterThan(0);
    expect((await ask({ saliency: 'true' }, alone)).saliency).toBeNull();
    expect((await sum(tripped, { to: to.at, saliency: 'yes' })).status).toBe(400);
  });

  it('is unknown where no model can judge it, and its hits are there', async () => {
    const { slices } = await slicesOf(tripped);
    const said = sliceSumSchema.parse((await sum(tripped, { to: slices.at(-1)!.to.at }, alone)).body);
    expect(said.model).toBeNull();
    expect(new Set(said.verdicts)).toEqual(new Set(['unknown']));
    expect(said.slices).toBe(slices.length);
  });

  it('without a whole slice is not there, and what there is is told', async () => {
    const { slices } = await slicesOf(tripped);
    const none = await sum(tripped, { to: '2001-01-01T00:00:00Z' });
    expect(none.status).toBe(404);
    expect(JSON.stringify(none.body)).toContain(
      `its ${slices.length} reach from its start to ${slices.at(-1)!.to.at}`,
    );
    expect(JSON.stringify((await sum(outer, { to: '2100-01-01T00:00:00Z' })).body)).toContain(
      'has no slices',
    );
    for (const query of [{}, { to: 'soon' }, { to: '2001-01-01T00:00:00Z', from: 'x' }]) {
      expect((await sum(tripped, query as Record<string, string>)).status).toBe(400);
    }
  });
});
