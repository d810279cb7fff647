import type { QueueProgress } from '@dtdqm/contract';
import { sumOf } from '@dtdqm/contract/numbers';
import type { Queryable } from '../../storage/database.ts';
import { modelInUse } from '../../storage/models.ts';

/** What the random draws tell: the share of bad layers, and how often the model in use is wrong. */
export async function readAudit(db: Queryable): Promise<Pick<QueueProgress, 'audit' | 'error'>> {
  const audited = await auditedChambers(db);
  return { audit: clusteredShare(audited), error: await errorOf(db, audited) };
}

interface AuditedChamber extends Cluster {
  /** The answer was given before anything that a model says was seen. */
  blind: boolean;
  /** By which the run is scored. */
  model: string | null;
  /** Good layers that it calls bad, and bad ones that it does not. */
  falseAlarms: number;
  missed: number;
}

/**
 * The chambers that make up the random sample, with what people and the model say of their layers.
 *
 * Random draws take chambers in one fixed random order over all runs. The sample is what was drawn so, and what else was labelled
 * before the last of them in that order: what an expert or a strategy brought up would have been drawn, and without it bad chambers
 * would be missing. One end for all runs: where each run had its own, which was always a chamber that nothing had brought up, the share of
 * bad layers came out at .82 to .99 of the truth.
 */
async function auditedChambers(db: Queryable): Promise<AuditedChamber[]> {
  const { rows } = await db.query<AuditedChamber>(
    `with frontier as (
       select max(random_key) as last from queue where audit and state = 'labelled'
     ), sample as (
       select q.run, q.wheel, q.station, q.sector from frontier join queue q on q.state = 'labelled' and (q.audit or q.random_key <= frontier.last)
     )
     select l.blind, r.model,
            cardinality(array_positions(l.verdicts, 'good')) + cardinality(array_positions(l.verdicts, 'bad')) as layers,
            cardinality(array_positions(l.verdicts, 'bad')) as bad,
            (select count(*)::integer from unnest(l.verdicts, s.verdicts) as v(said, judged) where said = 'good' and judged = 'bad') as "falseAlarms",
            (select count(*)::integer from unnest(l.verdicts, s.verdicts) as v(said, judged) where said = 'bad' and judged is distinct from 'bad') as missed
     from sample q
     join run r using (run)
     left join chamber_score s
       on s.run = q.run and s.wheel = q.wheel and s.station = q.station and s.sector = q.sector and s.model = r.model
     cross join lateral (
       select verdicts, blind from current_label c
       where c.run = q.run and c.wheel = q.wheel and c.station = q.station and c.sector = q.sector
     ) l`,
  );
  return rows;
}

/** Below so many chambers in which the model can be wrong this way, nothing is said: one more would change it by a fifth and more. */
const fewestChambers = { falseAlarms: 20, missed: 5 };

/**
 * How often the model in use is wrong, by those audited chambers that it has scored and that were answered blind. No training learns from
 * random draws, so that this holds for the model that learned from all other labels, too.
 */
async function errorOf(db: Queryable, audited: readonly AuditedChamber[]): Promise<QueueProgress['error']> {
  const model = (await modelInUse(db)).model ?? (await modelOfNewestRun(db));
  if (model === null) return null;
  const judged = audited.filter((chamber) => chamber.blind && chamber.model === model && chamber.layers > 0);
  const share = (clusters: Cluster[], fewest: number) => {
    const told = clusteredShare(clusters);
    if (told === null || told.chambers < fewest) return null;
    const { badShare, ...rest } = told;
    return { ...rest, share: badShare };
  };
  return {
    model,
    chambers: judged.length,
    badChambers: judged.filter(({ bad }) => bad > 0).length,
    falseAlarms: share(
      judged.map(({ layers, bad, falseAlarms }) => ({ layers: layers - bad, bad: falseAlarms })),
      fewestChambers.falseAlarms,
    ),
    missed: share(
      judged.map(({ bad, missed }) => ({ layers: bad, bad: missed })),
      fewestChambers.missed,
    ),
  };
}

async function modelOfNewestRun(db: Queryable): Promise<string | null> {
  const { rows } = await db.query<{ model: string }>(
    'select model from run where model is not null order by run desc limit 1',
  );
  return rows[0]?.model ?? null;
}

interface Cluster {
  layers: number;
  bad: number;
}

const z = 1.959964;

/**
 * Share of bad layers with its 95 % Wilson interval, widened by the design effect: layers of a chamber fail together,
 * so twelve of them tell less than twelve of twelve chambers (Korn and Graubard, Analysis of Health Surveys, 1999).
 * Null without a judged layer.
 */
export function clusteredShare(chambers: readonly Cluster[]): QueueProgress['audit'] {
  const judged = chambers.filter(({ layers }) => layers > 0);
  const layers = sumOf(judged, (chamber) => chamber.layers);
  if (layers === 0) return null;
  const share = sumOf(judged, (chamber) => chamber.bad) / layers;
  const effective = layers / designEffect(judged, layers, share);
  const centre = (share + z ** 2 / (2 * effective)) / (1 + z ** 2 / effective);
  const half =
    (z / (1 + z ** 2 / effective)) *
    Math.sqrt((share * (1 - share)) / effective + z ** 2 / (4 * effective ** 2));
  return {
    chambers: judged.length,
    layers,
    badShare: share,
    low: Math.max(0, Math.min(share, centre - half)),
    high: Math.min(1, Math.max(share, centre + half)),
  };
}

/** Variance of the share by whole chambers over that by independent layers; at least 1, at most the layers of a chamber. */
function designEffect(chambers: readonly Cluster[], layers: number, share: number): number {
  const perChamber = layers / chambers.length;
  const independent = (share * (1 - share)) / layers;
  if (independent === 0 || chambers.length < 2) return perChamber;
  const residuals = sumOf(chambers, ({ bad, layers: own }) => (bad - share * own) ** 2);
  const clustered = (residuals / layers ** 2) * (chambers.length / (chambers.length - 1));
  return Math.min(perChamber, Math.max(1, clustered / independent));
}
