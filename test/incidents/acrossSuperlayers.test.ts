import { afterAll, beforeAll, expect, it } from 'vitest';
import { formatChamber, layersOf, layersOfSuperlayer, type ChamberId } from '@dtdqm/contract';
import { createScorer, type Scorer } from '@dtdqm/detector';
import { simulateChamber, type InjectedFault } from '@dtdqm/simulator/detector';
import { findingsOf } from '@dtdqm/worker/incidents/findings';
import { hardwareOf } from '@dtdqm/worker/incidents/hardware';
import { replay } from '@dtdqm/worker/incidents/replay';
import { emptyLedger } from '@dtdqm/worker/incidents/track';

/** What the detector tells of simulated chambers, taken into the ledger: how many incidents are told. */
const runs = 5;
const mb2: ChamberId = { wheel: 1, station: 2, sector: 7 };
const mb4: ChamberId = { wheel: -1, station: 4, sector: 9 };
let scorer: Scorer;
beforeAll(async () => {
  scorer = await createScorer();
});
afterAll(() => scorer.close());

const deadAt = (layers: number[], first: number, last: number): InjectedFault => ({
  kind: 'readout-group',
  layers,
  wires: { first, last },
  level: 0,
  bad: true,
});

async function incidentsOf(chamber: ChamberId, faults: InjectedFault[]) {
  const matrices = Array.from(
    { length: runs },
    (_, run) =>
      simulateChamber({ chamber, buildSeed: 'wide', runSeed: `wide:${run}`, lumisections: 500, faults })
        .matrix,
  );
  const judged = await scorer.score(
    matrices.map((matrix) => ({ chamber, matrix })),
    { saliency: false },
  );
  const ledger = replay({ run: 0, ordinal: 0, ledger: emptyLedger, ahead: [] }, []);
  for (const [index, verdict] of judged.entries()) {
    const findings = findingsOf({ chamber, matrix: matrices[index]!, ...verdict });
    ledger.take({
      run: index + 1,
      at: new Date(index * 1000).toISOString(),
      model: scorer.model,
      findings: new Map([[formatChamber(chamber), findings]]),
      blind: new Map(),
      judged: null,
    });
  }
  return (ledger.finish().states.at(-1)?.ledger.tracks ?? [])
    .filter(({ phase }) => phase === 'open')
    .map(({ stated: { spans, extent, kind } }) => ({
      layers: spans.map(({ layer }) => layer),
      hardware: hardwareOf(spans, extent, kind),
    }));
}

it.each([
  ['MB2', mb2],
  ['MB4', mb4],
])('a read-out group dead in all superlayers of an %s is one incident', async (_station, chamber) => {
  const layers = layersOf(chamber.station);
  expect(await incidentsOf(chamber, [deadAt(layers, 17, 28)])).toEqual([
    { layers, hardware: expect.stringMatching(/^read-out group across superlayers/) as string },
  ]);
});

it('faults of superlayers at wires of their own stay incidents of their own', async () => {
  const [one, two, three] = ([1, 2, 3] as const).map(layersOfSuperlayer);
  const faults = [deadAt(one!, 17, 28), deadAt(two!, 5, 8), deadAt(three!, 24, 35)];
  const told = await incidentsOf(mb2, faults);
  expect(told.map(({ layers }) => layers).sort((a, b) => a[0]! - b[0]!)).toEqual([one, two, three]);
});
