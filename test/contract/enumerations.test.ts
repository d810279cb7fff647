import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  chamberStates,
  dataSources,
  incidentActions,
  incidentChanges,
  incidentConditions,
  incidentStates,
  labelEventKinds,
  labelSources,
  labelVerdicts,
  modelActs,
  queueStates,
  runChangeKinds,
  runLives,
  runStatuses,
  severities,
  verdicts,
} from '@dtdqm/contract';
import { jobKinds, jobOutcomes } from '@dtdqm/worker/storage/jobs';
import { lookFillings } from '@dtdqm/worker/storage/slices';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';

/** Each enumeration is declared once, in the contract. The database keeps copies: here they are compared. */
let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

const types: Record<string, readonly string[]> = {
  chamber_state: chamberStates,
  data_source: dataSources,
  label_event_kind: labelEventKinds,
  label_source: labelSources,
  label_verdict: labelVerdicts,
  queue_state: queueStates,
  run_life: runLives,
  run_status: runStatuses,
  verdict: verdicts,
};

const columns: Record<string, readonly string[]> = {
  'job.kind': jobKinds,
  // Looking for new runs is a job of which no run is the subject: it is recorded, never put.
  'finished_job.kind': ['discover', ...jobKinds],
  'finished_job.state': jobOutcomes,
  'incident.severity': severities,
  'incident.condition': incidentConditions,
  'incident_change.change': incidentChanges,
  'incident_act.action': incidentActions,
  'model_act.act': modelActs,
  'run_change.kind': runChangeKinds,
  'run_look.filled': lookFillings,
};

describe('the database knows the words of the contract', () => {
  it('in each of its types, and in no other', async () => {
    const { rows } = await test.database.query<{ name: string; words: string[] }>(
      `select typname as name, array_agg(enumlabel::text order by enumsortorder) as words
       from pg_enum join pg_type t on t.oid = enumtypid where typnamespace = 'public'::regnamespace group by typname`,
    );
    expect(Object.fromEntries(rows.map(({ name, words }) => [name, words]))).toEqual(types);
  });

  it('in each column that takes certain words only, and in no other', async () => {
    const { rows } = await test.database.query<{ name: string; definition: string }>(
      `select conrelid::regclass || '.' || attname as name, pg_get_constraintdef(c.oid) as definition
       from pg_constraint c join pg_attribute a on a.attrelid = conrelid and a.attnum = any(conkey)
       where contype = 'c' and connamespace = 'public'::regnamespace and cardinality(conkey) = 1 and a.atttypid = 'text'::regtype`,
    );
    const found = rows
      .filter(({ definition }) => definition.includes('ANY (ARRAY['))
      .map(({ name, definition }) => [
        name,
        [...definition.matchAll(/'([^']*)'::text/g)].map(([, word]) => word),
      ]);
    expect(Object.fromEntries(found)).toEqual(columns);
  });

  it('for the state of an incident, which it works out', async () => {
    const { rows } = await test.database.query<{ source: string }>(
      `select prosrc as source from pg_proc where proname = 'incident_state'`,
    );
    const said = [...(rows[0]?.source ?? '').matchAll(/then '([^']*)'/g)].map(([, word]) => word);
    expect(new Set([...said, ...incidentConditions])).toEqual(new Set(incidentStates));
  });
});
