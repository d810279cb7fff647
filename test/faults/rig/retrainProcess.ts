import { retrain } from '@dtdqm/worker/learning/retrain/retrain';
import { defaultGateRules } from '@dtdqm/worker/learning/retrain/promotionGate';
import { locks, withAdvisoryLock } from '@dtdqm/worker/storage/advisoryLocks';
import { openDatabase } from '@dtdqm/worker/storage/database';

/**
 * A retraining in a process of its own, for a test that kills it once it has learned: `retrainProcess.ts DATABASE_URL`. It learns from and
 * is judged on a hundredth of what `dtdqm retrain` simulates, which takes a minute of processor time, and keeps its candidate as that does.
 * Ends with code 3 where another one retrains.
 */
const [url = ''] = process.argv.slice(2);
const database = await openDatabase({ url, log: { warn: () => undefined } });
const isAlone = await withAdvisoryLock(database, locks.retraining, async () => {
  await retrain({
    database,
    actor: 'schedule',
    adaptation: { runs: 1, chambersPerRun: 12, epochs: 1 },
    rules: { ...defaultGateRules, knownOfKind: 1 },
  });
});
await database.end();
if (!isAlone) process.exitCode = 3;
