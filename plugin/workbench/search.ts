import { chamberIdSchema, formatChamber, runNumberSchema } from '@dtdqm/contract';

/** Runs of CMS have had six digits since 2009, and no ledger of incidents will have. */
const leastRun = 100_000;

/**
 * Address of what somebody looks for: a chamber (`W+1 MB3 2`, `w-2 mb4 s14`, `W0_St1_Sec5`), a run (`380010`, `run 7`), an incident
 * (`12`, `#12`, `incident 12`). Null when it is none of these; whether it is there, its page tells.
 */
export function addressOf(text: string): string | null {
  const said = text.trim().replaceAll('−', '-');
  const chamber =
    /^w(?:heel)?\s*([+-]?\d)[\s,_/]*(?:mb|st(?:ation)?)\s*(\d)[\s,_/]*(?:s(?:ec(?:tor)?)?)?\s*(\d{1,2})$/i.exec(
      said,
    );
  if (chamber) {
    const [, wheel, station, sector] = chamber.map(Number);
    const { data } = chamberIdSchema.safeParse({ wheel, station, sector });
    return data ? `/?at=${encodeURIComponent(formatChamber(data))}` : null;
  }
  const [, kind, digits] = /^(run|incident|#)?\s*(\d+)$/i.exec(said) ?? [];
  const { data: number } = runNumberSchema.safeParse(digits);
  if (number === undefined) return null;
  const isRun = kind === undefined ? number >= leastRun : kind.toLowerCase() === 'run';
  return isRun ? `/eval/${number}/` : `/?at=${number}`;
}
