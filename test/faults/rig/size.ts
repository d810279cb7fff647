/** The long form is what `npm run test:faults` runs; `npm test` takes a short selection. */
export const isLong = process.env['FAULTS_FORM'] === 'long';

/** Share of the long form to run, for a first look: `FAULTS_SHARE=0.1 npm run test:faults`. */
const share = Number(process.env['FAULTS_SHARE'] ?? 1);

/** How many of something a fault test takes. */
export function sized(short: number, long: number): number {
  return isLong ? Math.max(short, Math.round(long * share)) : short;
}

/** `FAULTS_PART=2/5` takes the second fifth of many runs, for a machine that is not free for long. */
const [which = 1, parts = 1] = (process.env['FAULTS_PART'] ?? '1/1').split('/').map(Number);

/** The part of a long list that was asked for. */
export function part<T>(all: readonly T[]): T[] {
  const size = Math.ceil((all.length * (isLong ? share : 1)) / parts);
  return all.slice(0, size * parts).slice((which - 1) * size, which * size);
}

/** Writes a measured figure where the reader of a test run sees it, as one JSON line. */
export function report(what: string, figures: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify({ measured: what, ...figures }, rounded)}\n`);
}

function rounded(_name: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(3)) : value;
}
