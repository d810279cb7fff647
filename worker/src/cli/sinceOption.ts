import { InvalidArgumentError } from 'commander';

/** A run number or a moment; a moment without a zone is UTC. */
export function sinceOption(text: string): { run: number } | { at: string } {
  if (/^\d{1,10}$/.test(text) && Number(text) >= 1 && Number(text) <= 2_147_483_647)
    return { run: Number(text) };
  const moment = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?))?(Z|[+-]\d\d:\d\d)?$/.exec(text);
  const at = moment ? new Date(`${moment[1]}T${moment[2] ?? '00:00'}${moment[3] ?? 'Z'}`) : undefined;
  if (at === undefined || Number.isNaN(at.getTime())) {
    throw new InvalidArgumentError(
      'must be a run number or a moment such as 2026-05-04 or 2026-05-04T06:00Z',
    );
  }
  return { at: at.toISOString() };
}
