import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { allChambers, formatChamber } from '@dtdqm/contract';
import { inputsOfSlices, type Watch } from '@dtdqm/detector';
import { checkRunScript, lumisectionSeconds } from '@dtdqm/simulator/detector';
import { RunsInProgress } from '@dtdqm/simulator/sources';
import { watcher } from '@dtdqm/worker/pipeline/inside';
import {
  beginInside,
  endInside,
  foldLook,
  type InsideState,
  type JudgeSlices,
} from '@dtdqm/worker/pipeline/slices';
import { packWithMatrices, unpackWithMatrices } from '@dtdqm/worker/storage/packedMatrix';
import { ruleScorer } from './ruleScorer.ts';

const run = 380_011;
const began = Date.UTC(2026, 4, 4);
const secondsBetween = 90;
const chambers = allChambers.filter(({ wheel, station }) => wheel === 1 && station === 1).slice(0, 10);

/** A run of three hours with a trip that recovers, a flicker, a pause of the beam and a restart of the server, look by look. */
function looks() {
  let now = began;
  const source = new RunsInProgress({
    runs: [
      {
        run,
        startedAt: began,
        script: checkRunScript({
          lumisections: 10_000,
          rate: [{ from: 6000, to: 6600, level: 0 }],
          faults: [
            { chamber: formatChamber(chambers[2]!), layers: [9], from: 3600, to: 7200 },
            {
              ...{ chamber: formatChamber(chambers[5]!), layers: [2], level: 0.1, from: 2000 },
              course: { how: 'flickers', on: 900, off: 900 },
            },
          ],
        }),
      },
    ],
    now: () => now,
  });
  let base = new Map<string, readonly (readonly number[])[]>();
  return Array.from({ length: (3 * 3600) / secondsBetween }, (_, index) => {
    now = began + (index + 1) * secondsBetween * 1000;
    const whole = chambers.map((chamber) => ({ ...chamber, matrix: source.chamber(run, chamber)! }));
    if (index === 60) base = new Map(whole.map(({ matrix, ...chamber }) => [formatChamber(chamber), matrix]));
    return {
      start: { at: new Date(began).toISOString(), lumisection: 0 },
      moment: {
        at: new Date(now).toISOString(),
        lumisection: Math.floor((now - began) / 1000 / lumisectionSeconds),
      },
      shown: whole.map((chamber) => {
        const from = base.get(formatChamber(chamber));
        const matrix = chamber.matrix.map((row, y) =>
          row.map((hits, x) => (hits < 0 ? hits : hits - (from?.[y]![x] ?? 0))),
        );
        return { ...chamber, matrix };
      }),
    };
  });
}

const scorer = ruleScorer();
const judge: JudgeSlices = async (slices) =>
  slices.length === 0 ? [] : scorer.score(inputsOfSlices(slices), { saliency: false });

/** All that is stored of a run whose worker is started again after every so many looks: it knows what was stored, and nothing else. */
async function contentOf(all: ReturnType<typeof looks>, restartedAfter: number) {
  let state = beginInside<Watch>();
  const stored: unknown[] = [];
  const changes: string[] = [];
  for (const [index, look] of all.entries()) {
    const folded = await foldLook(state, look, { judge, watcher });
    stored.push([folded.look, folded.slices, folded.changes]);
    changes.push(...folded.changes.map(({ kind, ...chamber }) => `${kind} ${formatChamber(chamber)}`));
    expect(folded.unwatched).toEqual([]);
    state = folded.state;
    if (index % restartedAfter === restartedAfter - 1)
      state = unpackWithMatrices(packWithMatrices(state)) as InsideState<Watch>;
  }
  stored.push(endInside(state).slices);
  return { hash: createHash('sha256').update(JSON.stringify(stored)).digest('hex'), changes };
}

test('three hours of a run leave the same, bit by bit, however often the worker was started again', async () => {
  const all = looks();
  const undisturbed = await contentOf(all, Infinity);
  expect(undisturbed.changes).toContain(`trip ${formatChamber(chambers[2]!)}`);
  expect(undisturbed.changes).toContain(`recovery ${formatChamber(chambers[2]!)}`);
  expect(await contentOf(all, 1)).toEqual(undisturbed);
});
