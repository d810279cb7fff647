import type { QueueProgress } from '@dtdqm/contract';

const percent = (share: number) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

/** How often the model in use is wrong, as the random draws tell it, with the intervals; `unknown` is not none. */
export function errorInWords({
  chambers,
  badChambers,
  falseAlarms,
  missed,
}: NonNullable<QueueProgress['error']>): string {
  const share = (told: typeof missed) =>
    told ? `${percent(told.share)} (${percent(told.low)} to ${percent(told.high)})` : 'unknown';
  return `by ${chambers} random draws, ${badChambers} bad: missed ${share(missed)}, false alarms ${share(falseAlarms)}`;
}
