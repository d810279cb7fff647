import { simulateChamber } from '@dtdqm/simulator/detector';
import { selectBackend, loadModel, scoreChambers } from '@dtdqm/detector/engine';
import { compare } from '../incidents/compare.ts';
import { inRun, lumisectionsOf, planWeek, week, type PlannedFault } from '../incidents/plan.ts';

/**
 * Counts the faults of simulated weeks that open late, of their chambers alone and without ledger or database: a fault opens with the
 * second of three runs in which one of its layers is called bad. `node --import tsx bench/scoring/sinking.ts [model folder] [seeds...]`
 */
const [folder, ...seeds] = process.argv.slice(2);
if (!folder || seeds.length === 0) throw new Error('give a model folder and seeds of weeks');
await selectBackend('wasm');
const model = await loadModel(folder);

/** As `goodHistory` chooses them. */
const ages = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64];
function pastOf(good: readonly number[], run: number): number[] {
  const near = ages.map((age) => run - age).filter((past) => good.includes(past));
  return near.length <= 4 ? near : [near[0]!, ...near.slice(-3)];
}

const totals = { due: 0, late: 0, healthy: 0, falseAlarms: 0 };
for (const seed of seeds) {
  const plan = planWeek(seed);
  const lives = plan.map((planned) => ({ planned, good: [] as number[], seen: [] as number[] }));
  const counted = new Map<string, number[][]>();
  const matrixOf = (planned: PlannedFault, run: number) => {
    const key = `${planned.number}/${run}`;
    const fault = inRun(planned, run);
    const matrix =
      counted.get(key) ??
      simulateChamber({
        chamber: planned.chamber,
        buildSeed: seed,
        runSeed: `${seed}:${run}`,
        lumisections: lumisectionsOf(seed, run),
        faults: fault ? [fault] : [],
      }).matrix;
    counted.set(key, matrix);
    return matrix;
  };
  for (let run = 0; run < week.runs; run++) {
    const inputs = lives.map(({ planned, good }) => {
      const past = pastOf(good, run);
      const exposures = past.map((one) => lumisectionsOf(seed, one) / lumisectionsOf(seed, run));
      const history = past.map((one) => matrixOf(planned, one));
      return { chamber: planned.chamber, matrix: matrixOf(planned, run), history, exposures };
    });
    scoreChambers(model, inputs, { saliency: false }).forEach(({ verdicts }, index) => {
      const { planned, good, seen } = lives[index]!;
      const sick = inRun(planned, run) ? planned.fault.layers : [];
      if (!verdicts.includes('bad') && !verdicts.includes('unknown')) good.push(run);
      if (sick.some((layer) => verdicts[layer - 1] === 'bad')) seen.push(run);
      const healthy = verdicts.filter((verdict, row) => verdict !== null && !sick.includes(row + 1));
      totals.healthy += healthy.length;
      totals.falseAlarms += healthy.filter((verdict) => verdict === 'bad').length;
    });
  }
  for (const { planned, large, due } of compare(plan, []).faults) {
    if (!large || due === null) continue;
    const { seen } = lives.find((life) => life.planned === planned)!;
    const opened = seen.find((run, at) => at > 0 && run - seen[at - 1]! <= 2) ?? Infinity;
    totals.due += 1;
    if (opened > due) totals.late += 1;
  }
}
process.stdout.write(`${JSON.stringify({ model: folder, seeds, ...totals })}\n`);
