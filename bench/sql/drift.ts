import { upperQuantile } from '@dtdqm/contract/numbers';
import { allChambers } from '../../contract/src/index.ts';
import { SimulatedDetector } from '../../simulator/src/sources/index.ts';
import { createScorer, inputsOfRun } from '@dtdqm/detector';
import { registerModel } from '../../worker/src/storage/models.ts';
import { newLife } from '../../worker/src/pipeline/runLife.ts';
import { openBenchStorage, write } from '../harness.ts';
import { saveRunResult, type ChamberResult } from '../../worker/src/storage/results.ts';

/**
 * How far the stability index of the scores strays while nothing but the detector's usual life happens, and where it goes when
 * much breaks: the thresholds of the alert come from here. tsx bench/sql/drift.ts [runs]
 */
const runs = Number(process.argv[2] ?? 30);

const scorer = await createScorer();
const storage = await openBenchStorage();
const { database } = storage;
try {
  await registerModel(database, { name: scorer.model, hash: 'bench' });
  await store(new SimulatedDetector({ runs, firstRun: 1000 }), 1000, runs);
  const usual = await indexes(runs);
  write(
    `usual life, ${usual.length} runs: median ${quantile(usual, 0.5)}, 95 % ${quantile(usual, 0.95)}, greatest ${quantile(usual, 1)}`,
  );
  for (const faultRate of [0.03, 0.1, 0.3]) {
    await store(new SimulatedDetector({ runs: 2, firstRun: 2000, faultRate, seed: 2 }), 2001, 1);
    const [psi = 0] = await indexes(1);
    const { rows } = await database.query<{ bad: number }>(
      'select bad_layers as bad from run where run = 2001',
    );
    write(`a run with faults in ${faultRate} of the chambers, ${rows[0]?.bad} bad layers: ${psi.toFixed(4)}`);
  }
} finally {
  await storage.close();
  await scorer.close();
}

async function store(detector: SimulatedDetector, first: number, count: number): Promise<void> {
  for (let run = first; run < first + count; run += 1) {
    const inputs = allChambers.flatMap((chamber) => {
      const matrix = detector.chamber(run, chamber);
      return matrix === undefined ? [] : [{ chamber, matrix }];
    });
    const verdicts = await scorer.score(inputsOfRun(inputs, new Map()));
    const chambers = inputs.map(({ chamber, matrix }, index): ChamberResult => {
      const verdict = verdicts[index];
      if (verdict === undefined) throw new Error('the scorer forgot a chamber');
      return { ...chamber, state: 'present', matrix, verdict };
    });
    await saveRunResult(database, {
      run,
      dataset: 'Global/Online/ALL',
      model: scorer.model,
      life: newLife(Date.now()),
      error: null,
      chambers,
    });
  }
}

async function indexes(count: number): Promise<number[]> {
  const { rows } = await database.query<{ psi: number }>(
    'select psi from reporting.score_drift(2147483647, $1)',
    [count],
  );
  return rows.map(({ psi }) => psi);
}

function quantile(values: readonly number[], share: number): string {
  return upperQuantile(values, share).toFixed(4);
}
