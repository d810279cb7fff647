import type { WrongClock } from './workers.ts';

/** Preloaded into a process: its wall clock is off, and jumps, as the environment says. Timers go on as ever, as after a real jump. */
const {
  clockOffsetSeconds = 0,
  jumpAfterSeconds = 0,
  jumpSeconds = 0,
} = JSON.parse(process.env['WRONG_CLOCK'] ?? '{}') as WrongClock;
const RightDate = Date;
let offsetMs = clockOffsetSeconds * 1000;
if (jumpSeconds !== 0) setTimeout(() => (offsetMs += jumpSeconds * 1000), jumpAfterSeconds * 1000).unref();

globalThis.Date = class WrongDate extends RightDate {
  constructor(...given: ConstructorParameters<DateConstructor> | []) {
    if (given.length === 0) super(RightDate.now() + offsetMs);
    else super(...given);
  }

  static override now(): number {
    return RightDate.now() + offsetMs;
  }
} as DateConstructor;
