import { describe, expect, it } from 'vitest';
import { addressOf } from './search.ts';

describe('a search', () => {
  it.each([
    ['W+1 MB3 2', '/?at=W1_St3_Sec2'],
    ['w-2 mb4 s14', '/?at=W-2_St4_Sec14'],
    ['W−1 MB2 S07', '/?at=W-1_St2_Sec7'],
    ['W0_St1_Sec5', '/?at=W0_St1_Sec5'],
    ['wheel 2 station 1 sector 12', '/?at=W2_St1_Sec12'],
    ['380010', '/eval/380010/'],
    ['run 7', '/eval/7/'],
    ['12', '/?at=12'],
    ['#12', '/?at=12'],
    ['incident 12', '/?at=12'],
  ])('for %s leads to %s', (text, address) => {
    expect(addressOf(text)).toBe(address);
  });

  it.each(['', 'W+3 MB1 1', 'W+1 MB1 S13', 'MB1', 'run', '0', '-5', '99999999999', 'dead'])(
    'for "%s" leads nowhere',
    (text) => {
      expect(addressOf(text)).toBeNull();
    },
  );
});
