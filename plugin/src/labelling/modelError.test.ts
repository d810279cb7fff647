import { expect, it } from 'vitest';
import { errorInWords } from './modelError.ts';

it('says how often the model is wrong with interval and number of chambers, and what is unknown is not none', () => {
  const error = { model: 'a@1', chambers: 60, badChambers: 2, missed: null };
  const falseAlarms = { chambers: 60, layers: 640, share: 0.0125, low: 0.004, high: 0.031 };
  expect(errorInWords({ ...error, falseAlarms })).toBe(
    'by 60 random draws, 2 bad: missed unknown, false alarms 1.3 % (0.4 % to 3.1 %)',
  );
});
