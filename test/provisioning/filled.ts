import { randomUUID } from 'node:crypto';
import { allChambers } from '@dtdqm/contract';
import { SimulatedDetector } from '@dtdqm/simulator/sources';
import { refreshQueue } from '@dtdqm/worker/learning/queue/refresh';
import { claimJob, failRun, requestFetch } from '@dtdqm/worker/storage/jobs';
import { recordDiscovery } from '@dtdqm/worker/storage/runs';
import { saveApiMinutes } from '@dtdqm/worker/api/measureRequests';
import type { Database } from '@dtdqm/worker/storage/database';
import { writeLabel } from '@dtdqm/worker/storage/labels/journal';
import { registerModel } from '@dtdqm/worker/storage/models';
import { saveRunResult, type ChamberResult } from '@dtdqm/worker/storage/results';
import { labelOf, verdictsOf } from '../labels/labelled.ts';
import { dataset } from '../pipeline/workbench.ts';
import { ruleScorer } from '../pipeline/ruleScorer.ts';
import { finalLife } from '../postgres/syntheticRun.ts';

const firstRun = 380_001;
const runs = 8;
export const lastRun = firstRun + runs - 1;

/**
 * Everything that Grafana can show, through the functions that store it in earnest: runs of the simulated detector, a run
 * in ERROR, labels of two experts, the queue of chambers, jobs, and answer times.
 */
export async function fillBySimulator(database: Database): Promise<void> {
  const scorer = ruleScorer();
  await registerModel(database, { name: scorer.model, hash: 'none' });
  const detector = new SimulatedDetector({ runs, firstRun, faultRate: 0.02, lumisections: 250 });
  for (const { run, lumisections } of detector.runs()) {
    const matrices = allChambers.flatMap((chamber) => {
      const matrix = detector.chamber(run, chamber);
      return matrix === undefined ? [] : [{ chamber, matrix }];
    });
    const verdicts = await scorer.score(matrices);
    const present = matrices.map(({ chamber, matrix }, index): ChamberResult => {
      const verdict = verdicts[index];
      if (verdict === undefined) throw new Error('the scorer forgot a chamber');
      return { ...chamber, state: 'present', matrix, verdict };
    });
    await saveRunResult(database, {
      run,
      dataset,
      model: scorer.model,
      life: finalLife(),
      error: null,
      lumisections,
      chambers: present,
    });
    // As if one run had been stored every three hours.
    const hours = (lastRun - run) * 3;
    await database.query(`update run set fetched_at = now() - make_interval(hours => $2) where run = $1`, [
      run,
      hours,
    ]);
  }
  await work(database);
  await label(database);
  await refreshQueue(database, lastRun);
  const minute = new Date(Math.floor(Date.now() / 60_000) * 60_000);
  await saveApiMinutes(database, [
    {
      minute,
      process: 'a 1',
      route: 'GET /x',
      requests: 20,
      failures: 1,
      meanMs: 3,
      p95Ms: 9,
      greatestMs: 12,
    },
  ]);
}

/** Ana and Bo label the same chambers; Bo calls layer 1 of the first one bad, Ana layer 2 of all. */
async function label(database: Database): Promise<void> {
  for (const expert of ['ana', 'bo']) {
    for (const [index, chamber] of allChambers.slice(0, 10).entries()) {
      const verdicts = verdictsOf(chamber.station);
      if (expert === 'ana') verdicts[1] = 'bad';
      else if (index === 0) verdicts[0] = 'bad';
      await writeLabel(database, expert, labelOf(lastRun, index, { verdicts }));
    }
  }
  const [from, to] = [60, 10].map((minutes) => ({
    at: new Date(Date.now() - minutes * 60_000).toISOString(),
    lumisection: 100 - minutes,
  }));
  await writeLabel(database, 'ana', labelOf(lastRun, 0, { span: { from: from!, to: to! } }));
}

/** A look for runs, a fetch that failed, and another one that waits. */
async function work(database: Database): Promise<void> {
  await recordDiscovery(database, 1, 'completed');
  const requests = [firstRun, lastRun + 1].map((run) => ({ run, dataset }));
  await requestFetch(database, requests);
  const job = await claimJob(database, randomUUID());
  if (job === null) throw new Error('no job waits');
  await failRun(database, job, 'the DQM server asks to log in: its certificate has expired', job.life);
}
