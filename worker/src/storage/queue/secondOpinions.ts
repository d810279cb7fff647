import { chamberOfKey, type ChamberOfRun, type SecondOpinion } from '@dtdqm/contract';
import type { Queryable } from '../database.ts';

/** A layer whose label did not teach in the last training, since all that is known speaks against it. */
export type DoubtedLayer = SecondOpinion['labels'][number];
type DoubtedChamber = ChamberOfRun & Pick<SecondOpinion, 'labels' | 'isAsked'>;

/** Somebody else labels who has done so in this time, days: one's own label is asked about again only where nobody does. */
const othersWithinDays = 7;

/**
 * Chambers whose label the last training doubted and that nobody has labelled, skipped or taken back since; those of other experts first, then in
 * an order of the expert's own, so that two who answer at once seldom have the same.
 */
export async function doubtedChambers(
  db: Queryable,
  expert: string,
  othersWithin = othersWithinDays,
): Promise<DoubtedChamber[]> {
  const { rows } = await db.query<DoubtedLayer & { run: number; chamber: string; isAsked: boolean }>(
    `with trained as (
       select report from model_act where act = 'trained' order by id desc limit 1
     ), doubted as (
       select d.*, (t.report -> 'labels' ->> 'newestEvent')::bigint as newest, p.place[1]::smallint as wheel, p.place[2]::smallint as station, p.place[3]::smallint as sector
       from trained t
       cross join jsonb_to_recordset(coalesce(t.report -> 'doubted' -> 'listed', '[]')) as d (run integer, chamber text, layer integer, label text, score real, "byOthers" real)
       cross join lateral (select regexp_match(d.chamber, '^W(-?\\d+)_St(\\d+)_Sec(\\d+)$') as place) p
     ), others as (
       select exists (select from label_event where kind = 'label' and span_to is null and source <> 'import' and expert <> $1
                        and at > now() - make_interval(days => $2)) as label
     )
     select d.run, d.chamber, d.layer, d.label, d.score, d."byOthers", l.expert, l.expert <> $1 or not others.label as "isAsked"
     from doubted d
     cross join others
     cross join lateral (
       select * from current_label c where c.run = d.run and c.wheel = d.wheel and c.station = d.station and c.sector = d.sector offset 0
     ) l
     join chamber h on h.run = d.run and h.wheel = d.wheel and h.station = d.station and h.sector = d.sector and h.state = 'present'
     where l.id <= d.newest and l.verdicts[d.layer] = d.label::label_verdict
       and not exists (select from current_skip s where s.run = d.run and s.wheel = d.wheel and s.station = d.station and s.sector = d.sector and s.id > d.newest)
     order by l.expert = $1, md5($1 || d.run || d.chamber), d.layer`,
    [expert, othersWithin],
  );
  const chambers = new Map<string, DoubtedChamber>();
  for (const { run, chamber: key, isAsked, ...label } of rows) {
    const place = chamberOfKey(key);
    if (place === null) continue;
    const known = chambers.get(`${run} ${key}`);
    if (known) known.labels.push(label);
    else chambers.set(`${run} ${key}`, { run, ...place, labels: [label], isAsked });
  }
  return [...chambers.values()];
}

/**
 * Chambers whose label did not teach because all that is known speaks against it: they teach when they were said twice, so somebody is asked once
 * more.
 *
 * @param blind whether it stays untold what was said, and what speaks against it.
 */
export async function secondOpinions(
  db: Queryable,
  { expert, blind }: { expert: string; blind: boolean },
): Promise<SecondOpinion[]> {
  const chambers = await doubtedChambers(db, expert);
  return chambers.map(({ labels, ...chamber }) => ({
    ...chamber,
    reason: blind ? 'A second opinion: what was said of this chamber did not teach.' : reasonFor(labels),
    labels: blind ? [] : labels,
  }));
}

/** "labelled bad in layer 3, 4 by ana; the model and the labels of other runs say good". */
function reasonFor(labels: readonly DoubtedLayer[]): string {
  const told = (['bad', 'good'] as const).flatMap((label) => {
    const those = labels.filter((each) => each.label === label);
    if (those.length === 0) return [];
    const against =
      label === 'bad'
        ? 'the model and the labels of other runs say good'
        : 'the labels of other runs say bad';
    const layers = those.map(({ layer }) => layer).join(', ');
    return `labelled ${label} in layer${those.length > 1 ? 's' : ''} ${layers} by ${those[0]!.expert}; ${against}`;
  });
  return `A second opinion: ${told.join('; ')}.`;
}
