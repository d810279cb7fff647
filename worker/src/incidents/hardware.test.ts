import { expect, it } from 'vitest';
import { hardwareOf } from './hardware.ts';
import { layersOfSuperlayer } from '@dtdqm/contract';

const span = (layers: readonly number[], first: number, last: number) =>
  layers.map((layer) => ({ layer, first, last }));
const superlayer = layersOfSuperlayer(3);

it.each([
  [
    'a half layer',
    span([9], 1, 24),
    'half',
    /^high voltage of a half layer; board and channel number not mapped/,
  ],
  ['a whole layer', span([9], 1, 49), 'whole', /^high voltage of a layer/],
  ['four cells of four layers', span(superlayer, 5, 8), 'part', /^front-end board; board number not mapped/],
  ['eight cells of four layers', span(superlayer, 9, 16), 'part', /HPTDC/],
  ['32 cells of four layers', span(superlayer, 17, 48), 'part', /read-out board/],
  ['all of a chamber', span([1, 2, 3, 4, 9, 10, 11, 12], 1, 96), 'whole', /^what the whole chamber shares/],
  [
    '16 cells of two superlayers',
    span([1, 2, 3, 4, 9, 10, 11, 12], 17, 32),
    'part',
    /^read-out group across superlayers/,
  ],
  ['one wire', span([3], 7, 7), 'part', /^single wires/],
  ['nine cells of one layer', span([3], 7, 15), 'part', /^not mapped$/],
] as const)('names the hardware of %s', (_what, spans, extent, expected) => {
  expect(hardwareOf([...spans], extent, 'dead-region')).toMatch(expected);
});

it.each([
  ['mapping', /^cables or mapping tables/],
  ['hot-layer', /^front-end thresholds/],
  ['noisy-region', /^front-end thresholds/],
  ['uneven-layer', /^front-end thresholds/],
] as const)('does not call %s what lacks hits at the same place', (kind, expected) => {
  for (const [spans, extent] of [
    [span([9], 1, 49), 'whole'],
    [span([9], 1, 24), 'half'],
    [span([9], 20, 27), 'part'],
    [span(superlayer, 1, 49), 'whole'],
  ] as const) {
    expect(hardwareOf([...spans], extent, kind)).toMatch(expected);
  }
});
