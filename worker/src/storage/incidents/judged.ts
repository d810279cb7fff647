import { formatChamber, layersOf, type ChamberId, type Fault, type Verdict } from '@dtdqm/contract';
import type { JudgedChamber } from '../../incidents/findings.ts';
import type { Queryable } from '../database.ts';
import { dequantise, unflatten } from '../encoding.ts';

interface Row extends ChamberId {
  scores: number[];
  verdicts: (Verdict | null)[];
  faults: Fault[];
  hits: number[];
  saliency: number[];
  scale: number;
}

/** A fault that every dead chamber has, whatever the detector makes of it. */
const silent = `s.faults @> '[{"kind": "dead-chamber"}]'`;

/** Whether the run had beam: at least half of its chambers are not without any hit. */
export async function hadBeam(db: Queryable, run: number): Promise<boolean> {
  const { rows } = await db.query<{ beam: boolean | null }>(
    `select avg((total_hits > 0)::integer) >= 0.5 as beam from chamber where run = $1 and state = 'present'`,
    [run],
  );
  return rows[0]?.beam ?? false;
}

/** Chambers of a run that have a bad layer, as the model in use judges them, or no hit at all; by wheel, station and sector. */
export async function badChambers(db: Queryable, run: number, beam: boolean): Promise<JudgedChamber[]> {
  const { rows } = await db.query<Row>(
    `select c.wheel, c.station, c.sector, s.scores, to_json(s.verdicts) as verdicts, s.faults, to_json(c.hits) as hits,
            to_json(s.saliency) as saliency, s.saliency_scale as scale
     from run r
     join chamber c on c.run = r.run
     join chamber_score s
       on s.run = c.run and s.wheel = c.wheel and s.station = c.station and s.sector = c.sector and s.model = r.model
     where r.run = $1 and ('bad' = any(s.verdicts) or ${silent})
     order by c.wheel, c.station, c.sector`,
    [run],
  );
  return rows.map(({ wheel, station, sector, scores, verdicts, faults, hits, saliency, scale }) => {
    const matrix = unflatten(hits);
    return {
      chamber: { wheel, station, sector },
      matrix,
      scores,
      verdicts,
      faults,
      saliency: saliency.length === hits.length ? dequantise({ scale, values: saliency }, matrix) : [],
      beam,
    };
  });
}

interface DimRow extends ChamberId {
  verdicts: (Verdict | null)[] | null;
  faults: Fault[] | null;
}

/**
 * Chambers of a run that cannot be judged in whole or in part.
 *
 * @param blindIn tells which layers of a chamber that was scored cannot be judged.
 * @returns layers by chamber key.
 */
export async function blindChambers(
  db: Queryable,
  run: number,
  beam: boolean,
  blindIn: (judged: Pick<JudgedChamber, 'chamber' | 'verdicts' | 'faults' | 'beam'>) => number[],
): Promise<Record<string, number[]>> {
  const { rows } = await db.query<DimRow>(
    `select c.wheel, c.station, c.sector, to_json(s.verdicts) as verdicts, s.faults
     from run r
     join chamber c on c.run = r.run
     left join chamber_score s
       on s.run = c.run and s.wheel = c.wheel and s.station = c.station and s.sector = c.sector and s.model = r.model
     where r.run = $1 and (s.run is null or 'unknown' = any(s.verdicts) or s.faults @> '[{"kind": "low-statistics"}]')
     order by c.wheel, c.station, c.sector`,
    [run],
  );
  const entries = rows.map(({ wheel, station, sector, verdicts, faults }): [string, number[]] => {
    const chamber = { wheel, station, sector };
    const layers =
      verdicts === null ? layersOf(station) : blindIn({ chamber, verdicts, faults: faults ?? [], beam });
    return [formatChamber(chamber), layers];
  });
  return Object.fromEntries(entries.filter(([, layers]) => layers.length > 0));
}
