import type { Incident, IncidentReport } from '@dtdqm/contract';

export interface ReportInput {
  since: IncidentReport['since'];
  /** Runs of the ledger since then, oldest first. */
  runs: readonly number[];
  /** All that stand now. */
  standing: readonly Incident[];
  /** Numbers of incidents that were opened or reopened, and that grew, since then. */
  opened: ReadonlySet<number>;
  grown: ReadonlySet<number>;
  healed: readonly Incident[];
}

/** Sorts incidents into new, known and healed. */
export function morningReport(input: ReportInput): IncidentReport {
  const { since, runs, standing, opened, grown, healed } = input;
  const fresh = standing.filter(({ incident }) => opened.has(incident));
  const known = standing.filter(({ incident }) => !opened.has(incident));
  const larger = known.filter(({ incident }) => grown.has(incident));
  return {
    since,
    runs: { count: runs.length, first: runs[0] ?? null, last: runs.at(-1) ?? null },
    counts: { new: fresh.length, known: known.length, healed: healed.length, grown: larger.length },
    new: fresh,
    grown: larger,
    known,
    healed: [...healed],
  };
}
