/** The long form is what `npm run test:faults` runs; `npm test` takes a short selection. */
export const isLong = process.env['DTDQM_FAULTS'] === 'long';

/** How many of something a fault test takes. */
export function sized(short: number, long: number): number {
  return isLong ? long : short;
}

/** Writes a measured figure where the reader of a test run sees it, as one JSON line. */
export function report(what: string, figures: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify({ measured: what, ...figures })}\n`);
}
