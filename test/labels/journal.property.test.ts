import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  allChambers,
  labelWriteSchema,
  type ChamberOfRun,
  type LabelEvent,
  type Lease,
} from '@dtdqm/contract';
import { nextChambers } from '@dtdqm/worker/learning/queue/next';
import { openDatabase, type Database } from '@dtdqm/worker/storage/database';
import { labelHistory } from '@dtdqm/worker/storage/labels/read';
import { skipChamber, undoEvent } from '@dtdqm/worker/storage/labels/undo';
import { writeLabel } from '@dtdqm/worker/storage/labels/journal';
import { releaseLabelLease } from '@dtdqm/worker/storage/queue/leases';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { queueRuns, stateOf, verdictsOf } from './labelled.ts';

/**
 * Labels and leases against a model of a few lines, while connections are killed under way and every request is
 * repeated until it is answered, as a client's outbox does.
 */
let it_: TestDatabase;
/** Each sequence has four chambers of its own: crowded enough. */
let sequence = -1;
let chambers = allChambers.slice(0, 4);
const run = 1;
const experts = ['ana', 'bo', 'cy'];
const chamberOf = (index: number): ChamberOfRun => ({
  run,
  ...(chambers[index % chambers.length] as (typeof chambers)[0]),
});

beforeAll(async () => {
  it_ = await createTestDatabase();
  await queueRuns(it_.database, run);
  await it_.database.query('create table spare as select * from queue');
});

async function nextSequence(): Promise<void> {
  sequence += 1;
  chambers = allChambers.slice(4 * sequence, 4 * sequence + 4);
  await it_.database.query('delete from queue');
  await it_.database.query(
    `insert into queue select * from spare where (wheel, station, sector) in (
       select * from unnest($1::smallint[], $2::smallint[], $3::smallint[]))`,
    [
      chambers.map(({ wheel }) => wheel),
      chambers.map(({ station }) => station),
      chambers.map(({ sector }) => sector),
    ],
  );
}
afterAll(() => it_.drop());

type State = 'waiting' | 'leased' | 'labelled' | 'skipped';

/** What should be, told without a database. */
interface Model {
  /** Live events of each chamber, oldest first; an undone one is gone. */
  live: { id: string; kind: 'label' | 'skip'; by: string }[][];
  versions: number[];
  holders: (string | null)[];
}

interface Real {
  database: Database;
  killer: pg.Client;
  leases: Map<string, Lease>;
  events: LabelEvent[];
}

/** Sends until answered; half of the time somebody cuts every connection meanwhile. */
async function insist<T>(real: Real, kill: boolean, send: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const sent = send();
      // A rejection must find its handler however long the killer takes.
      sent.catch(() => undefined);
      if (kill && attempt === 0) await cut(real);
      return await sent;
    } catch (error) {
      if (attempt > 20 || !isConnectionLoss(error)) throw error;
    }
  }
}

async function cut({ killer }: Real): Promise<void> {
  await killer.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and application_name = 'outbox'`,
  );
}

function isConnectionLoss(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return (
    code === '57P01' ||
    /^ECONN|^EPIPE/.test(code) ||
    /connection terminated|not queryable/i.test(String(error))
  );
}

function stateIn(model: Model, index: number): State {
  const live = model.live[index] ?? [];
  if (live.some(({ kind }) => kind === 'label')) return 'labelled';
  if (live.some(({ kind }) => kind === 'skip')) return 'skipped';
  return model.holders[index] === null ? 'waiting' : 'leased';
}

type Command = fc.AsyncCommand<Model, Real>;

class Write implements Command {
  readonly #kind: 'label' | 'skip';
  readonly #chamber: number;
  readonly #expert: string;
  readonly #kill: boolean;
  readonly #repeats: number;
  readonly #key = randomUUID();

  constructor(kind: 'label' | 'skip', chamber: number, expert: string, kill: boolean, repeats: number) {
    this.#kind = kind;
    this.#chamber = chamber;
    this.#expert = expert;
    this.#kill = kill;
    this.#repeats = repeats;
  }
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    const index = this.#chamber % chambers.length;
    const chamber = chamberOf(index);
    const key = `${this.#key}-${sequence}`;
    const send = () =>
      this.#kind === 'label'
        ? writeLabel(
            real.database,
            this.#expert,
            labelWriteSchema.parse({
              ...chamber,
              verdicts: verdictsOf(chamber.station),
              idempotencyKey: key,
            }),
          )
        : skipChamber(real.database, this.#expert, { ...chamber, idempotencyKey: key });
    const answers = [await insist(real, this.#kill, send)];
    for (let repeat = 0; repeat < this.#repeats; repeat += 1) answers.push(await insist(real, false, send));
    const [event] = answers as [LabelEvent];
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    const before = stateIn(model, index);
    model.versions[index] = (model.versions[index] ?? 0) + 1;
    expect(event.version).toBe(model.versions[index]);
    model.live[index]?.push({ id: event.id, kind: this.#kind, by: this.#expert });
    if (this.#kind === 'label' || before === 'leased' || before === 'waiting') model.holders[index] = null;
    real.events.push(event);
  }
  toString = () =>
    `${this.#kind} ${this.#chamber} by ${this.#expert}${this.#kill ? ' (killed)' : ''} +${this.#repeats}`;
}

class Undo implements Command {
  readonly #which: number;
  readonly #kill: boolean;
  readonly #key = randomUUID();

  constructor(which: number, kill: boolean) {
    this.#which = which;
    this.#kill = kill;
  }
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    const all = model.live.flatMap((live, index) => live.map((event) => ({ ...event, index })));
    const target = all[this.#which % Math.max(1, all.length)];
    if (target === undefined) return;
    const key = `${this.#key}-${sequence}`;
    const send = () => undoEvent(real.database, target.by, { event: target.id, idempotencyKey: key });
    const event = await insist(real, this.#kill, send);
    expect(await insist(real, false, send)).toEqual(event);
    model.versions[target.index] = (model.versions[target.index] ?? 0) + 1;
    expect(event.version).toBe(model.versions[target.index]);
    model.live[target.index] = (model.live[target.index] ?? []).filter(({ id }) => id !== target.id);
  }
  toString = () => `undo ${this.#which}${this.#kill ? ' (killed)' : ''}`;
}

class Next implements Command {
  readonly #expert: string;
  readonly #count: number;

  constructor(expert: string, count: number) {
    this.#expert = expert;
    this.#count = count;
  }
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    // Several ask at once; a lease whose answer was lost ends by itself, so that `next` needs no repeat.
    const answers = await Promise.all(
      Array.from({ length: this.#count }, () =>
        insist(real, false, () =>
          nextChambers(real.database, { expert: this.#expert, strategy: 'margin', run, random: () => 1 }),
        ),
      ),
    );
    const leases = answers.flat();
    const free = chambers.filter((_, index) => stateIn(model, index) === 'waiting').length;
    expect(leases.length).toBe(Math.min(this.#count, free));
    for (const lease of leases) {
      const index = chambers.findIndex(
        ({ wheel, station, sector }) =>
          wheel === lease.wheel && station === lease.station && sector === lease.sector,
      );
      expect(stateIn(model, index)).toBe('waiting');
      model.holders[index] = this.#expert;
      real.leases.set(lease.lease.id, lease);
    }
  }
  toString = () => `next ${this.#count} by ${this.#expert}`;
}

class EndLeases implements Command {
  readonly #byItself: boolean;

  constructor(byItself: boolean) {
    this.#byItself = byItself;
  }
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    if (this.#byItself) {
      await real.killer.query(
        `update queue set lease_until = now() - interval '1 second' where state = 'leased' and run = $1`,
        [run],
      );
    } else {
      for (const { lease } of real.leases.values()) {
        await insist(real, false, () => releaseLabelLease(real.database, lease.by, lease.id));
      }
    }
    real.leases.clear();
    model.holders = model.holders.map(() => null);
  }
  toString = () => (this.#byItself ? 'leases end' : 'leases released');
}

class Look implements Command {
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    for (const [index] of chambers.entries()) {
      const { version, current, events } = await labelHistory(it_.database, chamberOf(index));
      const live = model.live[index] ?? [];
      expect(version).toBe(model.versions[index]);
      expect(events.map((event) => event.version)).toEqual(events.map((_, place) => place + 1));
      expect(current?.id).toBe(live.filter(({ kind }) => kind === 'label').at(-1)?.id);
      const state = await stateOf(it_.database, chamberOf(index));
      // A lease that has ended by itself is told apart only when somebody asks for the next chamber.
      const expected = stateIn(model, index);
      expect(expected === 'waiting' ? ['waiting', 'leased'] : [expected]).toContain(state);
    }
    expect(real.events.every(({ id }) => /^\d+$/.test(id))).toBe(true);
  }
  toString = () => 'look';
}

const expert = fc.constantFrom(...experts);
const commands = fc.commands(
  [
    fc
      .tuple(fc.constantFrom('label' as const, 'skip' as const), fc.nat(3), expert, fc.boolean(), fc.nat(2))
      .map((args) => new Write(...args)),
    fc.tuple(fc.nat(20), fc.boolean()).map((args) => new Undo(...args)),
    fc.tuple(expert, fc.integer({ min: 1, max: 5 })).map((args) => new Next(...args)),
    fc.boolean().map((byItself) => new EndLeases(byItself)),
    fc.constant(new Look()),
  ],
  { maxCommands: 25 },
);

describe('labels and leases', () => {
  it('are as the model says, whatever is killed and repeated', async () => {
    const killer = new pg.Client({ connectionString: it_.url });
    await killer.connect();
    const database = await openDatabase({
      url: it_.url,
      log: { warn: () => undefined },
      applicationName: 'outbox',
      connections: 5,
    });
    try {
      await fc.assert(
        fc.asyncProperty(commands, async (sent) => {
          await nextSequence();
          const setup = (): { model: Model; real: Real } => ({
            model: {
              live: chambers.map(() => []),
              versions: chambers.map(() => 0),
              holders: chambers.map(() => null),
            },
            real: { database, killer, leases: new Map(), events: [] },
          });
          await fc.asyncModelRun(setup, [...sent, new Look()]);
        }),
        { numRuns: 25, endOnFailure: true },
      );
    } finally {
      await database.end();
      await killer.end();
    }
  });
});
