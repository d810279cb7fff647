import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { chamberLabel } from '@dtdqm/contract';
import { takeInRuns } from '@dtdqm/worker/pipeline/incidents';
import { createPipeline } from '@dtdqm/worker/pipeline/pipeline';
import { createScorer } from '@dtdqm/worker/scoring/createScorer';
import type { Scorer } from '@dtdqm/worker/scoring/scorer';
import { getIncident, listIncidents } from '@dtdqm/worker/storage/incidents/read';
import { getRun } from '@dtdqm/worker/storage/runs';
import { openStorage } from '@dtdqm/worker/storage/storage';
import type { Database } from '@dtdqm/worker/storage/database';
import { incidentStates } from '@dtdqm/contract';
import { compare, type Lived } from './compare.ts';
import { watchRules, type Message } from './notifications.ts';
import { pictureOf } from './picture.ts';
import { planWeek, week } from './plan.ts';
import { weekSource } from './weekSource.ts';

/**
 * A simulated week through the real pipeline: `npx tsx bench/incidents/week.ts [--picture FILE] [--json FILE] [--data DIR]`.
 * Prints how the ledger compares with the truth. With --data the scored runs are kept there, and used by the next call.
 */
const { values: options } = parseArgs({
  options: { picture: { type: 'string' }, json: { type: 'string' }, data: { type: 'string' } },
});
const write = (line: string) => process.stdout.write(`${line}\n`);
const dataset = 'Global/Online/ALL';
const log = pino({ level: 'warn' }, process.stderr);
const plan = planWeek();
const dataDirectory = options.data ?? (await mkdtemp(path.join(tmpdir(), 'dtdqm-week-')));
const storage = await openStorage({ dataDirectory, log });
const { database } = storage;
const scorer = await createScorer();
const pipeline = createPipeline({
  database,
  source: weekSource(plan, dataset),
  scorer: withoutSaliency(scorer),
  log,
  query: { dataset },
});

await startAnew(database);
const watch = watchRules(database);
const messages: Message[] = [];
let badLayers = 0;
for (let run = week.firstRun; run < week.firstRun + week.runs; run++) {
  const stored = await getRun(database, run);
  if (stored?.model !== scorer.model) await pipeline.fetchNow(run);
  await show(database, run);
  await takeInRuns(database);
  messages.push(...(await watch(run)));
  badLayers += (await getRun(database, run))?.badLayers ?? 0;
  process.stderr.write('.');
}
process.stderr.write('\n');

const { faults, falseOpenings } = compare(plan, await livesOf(database));
const due = faults.filter(({ inTime }) => inTime !== null);
const inTime = due.filter((fault) => fault.inTime);
const flickering = due.filter(({ planned }) => planned.course === 'flickers');
const single = flickering.filter(({ incidents }) => incidents.length === 1);
const alerts = messages.reduce((sum, message) => sum + message.alerts.length, 0);
const summary =
  `${week.runs} runs, ${plan.length} faults, model ${scorer.model}. Of ${due.length} faults of 8 cells or more with enough hits, ` +
  `${inTime.length} were open within 2 runs. ${falseOpenings.length} false openings. ${single.length} of ${flickering.length} flickering faults made one incident. ` +
  `${messages.length} messages with ${alerts} alerts.`;

for (const { planned, visible, due: dueRun, opened, inTime: ok, healed, incidents } of faults) {
  write(
    [
      ok === false ? 'LATE ' : '     ',
      `${chamberLabel(planned.chamber)} ${planned.fault.kind}`.padEnd(36),
      `${planned.cells} cells, level ${planned.fault.level.toFixed(2)}, ${planned.course}`.padEnd(36),
      `runs ${planned.begins}..${planned.heals - 1}, ${visible.length} clear, due ${dueRun ?? '-'}, opened ${opened ?? '-'}, healed ${healed ?? '-'}`.padEnd(
        64,
      ),
      incidents
        .map(
          ({ incident }) =>
            `#${incident.incident} ${incident.kind} ${incident.severity} (${incident.hardware})`,
        )
        .join('; '),
    ].join(' '),
  );
}
for (const { incident, sightings } of falseOpenings)
  write(
    `FALSE #${incident.incident} ${chamberLabel(incident as never)} ${incident.kind} ${JSON.stringify(incident.spans)} sightings ${sightings.join()} ${JSON.stringify(incident.evidence)}`,
  );
write('\nMessages that the provisioned rules would send:');
for (const { run, rule, alerts: told } of messages)
  write(`run ${run}: ${rule} (${told.length}) ${told.join(' | ')}`);
write(`\n${summary}\nbad layers per run: ${(badLayers / week.runs).toFixed(1)}`);

if (options.picture !== undefined)
  await writeFile(options.picture, pictureOf(faults, falseOpenings, summary));
if (options.json !== undefined) {
  const result = {
    week,
    model: scorer.model,
    due: due.length,
    openInTime: inTime.length,
    falseOpenings: falseOpenings.length,
    flickering: flickering.length,
    flickeringAsOne: single.length,
    messages: messages.map(({ run, rule, alerts: told }) => ({ run, rule, alerts: told.length })),
  };
  await writeFile(options.json, `${JSON.stringify(result, null, 2)}\n`);
}
await pipeline.stop();
await scorer.close();
await storage.close();
if (options.data === undefined) await rm(dataDirectory, { recursive: true, force: true });

/** Runs kept from an earlier call are hidden from the ledger until their turn. */
async function startAnew(db: Database): Promise<void> {
  await db.query(
    'truncate incident_run, incident_finding, incident_checkpoint, incident, incident_sighting, incident_change',
  );
  await db.query('update incident_ledger set next_id = 1');
  await db.query('update run set chambers = 0');
}

async function show(db: Database, run: number): Promise<void> {
  await db.query(`update run set chambers = 250 where run = $1`, [run]);
}

async function livesOf(db: Database): Promise<Lived[]> {
  const incidents = await listIncidents(db, { states: incidentStates });
  return Promise.all(
    incidents.map(async (incident) => {
      const detail = await getIncident(db, incident.incident);
      return {
        incident,
        sightings: (detail?.sightings ?? []).map(({ run }) => run - week.firstRun),
        changes: (detail?.events ?? []).map(({ run, action }) => ({
          run: run - week.firstRun,
          change: action,
        })),
      };
    }),
  );
}

/** The ledger needs none, and it takes most of the time. */
function withoutSaliency(real: Scorer): Scorer {
  return { ...real, model: real.model, score: (chambers) => real.score(chambers, { saliency: false }) };
}
