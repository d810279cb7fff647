import { describe, expect, it } from 'vitest';
import type { DrawCommand } from '../heatmap/paint.ts';
import { colourDistance, simulate, visions } from '../heatmap/colourVision.fixture.ts';
import { style } from '../heatmap/heatmap.fixture.ts';
import { paletteColours, type Rgb } from '../heatmap/style.ts';
import { moment, slice, slices, sliceWith, spanLabel, trip } from './strip.fixture.ts';
import { drawStrip } from './stripDrawing.ts';
import { labelBand, placeAt, stripLayout, lumisectionTicks, timeTicks } from './stripLayout.ts';
import { layerStrip, spanOfColumns, wireStrip, within, type StripModel } from './stripModel.ts';
import { clock, lengthInWords, spanInWords } from './moments.ts';
import { changeInWords, verdictsInWords } from './words.ts';
import { tellPlace } from './told.ts';

const rgbOf = (colour: string): Rgb => {
  const [red = 0, green = 0, blue = 0] = (colour.match(/\d+/g) ?? []).map(Number);
  return [red, green, blue];
};
const size = { width: 900, height: 260, pixelRatio: 1 };
const rowOf = (layer: number) => 12 - layer;

/** Corners at the left top of what is drawn by a kind of command. */
const drawn = (commands: readonly DrawCommand[], type: DrawCommand['type']) =>
  commands
    .filter((command) => command.type === type)
    .flatMap((command) => ('rects' in command ? command.rects : []))
    .reduce<number[][]>((all, value, index) => {
      if (index % 4 === 0) all.push([]);
      all.at(-1)?.push(value);
      return all;
    }, []);

describe('a strip of layers', () => {
  it('gives an hour the same width wherever it lies, and a gap the width of its time', () => {
    const model = layerStrip(
      slices({ slices: [slice(1), slice(2), slice(12, { gap: 'the counts fell back', look: 12 })] }),
    );
    expect(model.columns.map(({ kind, reason }) => [kind, reason])).toEqual([
      ['slice', null],
      ['slice', null],
      ['gap', 'the counts fell back'],
      ['slice', null],
    ]);
    const { columns } = stripLayout(model, size);
    expect(columns[2]!.width / columns[0]!.width).toBeCloseTo(9, 1);
  });

  it('says by no colour what is not known: unknown, waiting and gaps are hatched', () => {
    const data = slices({
      slices: [slice(1), sliceWith(2, 5, 0.01, 'unknown'), slice(5, { gap: 'the source was away' })],
      waiting: { from: moment(5), to: moment(6), hits: 12 },
    });
    const model = layerStrip(data);
    const { layout, commands } = drawStrip(model, style, size);
    const hatched = drawn(commands, 'hatch');
    const at = (column: number, row: number) => [layout.columns[column]!.x, layout.rows[row]!.y];
    expect(hatched.map(([x, y]) => [x, y])).toEqual(
      expect.arrayContaining([
        at(1, rowOf(5)),
        [layout.columns[2]!.x, layout.plot.y],
        [layout.columns[4]!.x, layout.plot.y],
      ]),
    );
    expect(drawn(commands, 'fill').map(([x, y]) => [x, y])).not.toContainEqual(at(1, rowOf(5)));
    const words = commands.flatMap((command) => (command.type === 'text' ? command.texts : []));
    expect(words.map(({ text }) => text)).toEqual(expect.arrayContaining(['gap', 'waiting']));
  });

  it('gives a colour only to what counting cannot explain', () => {
    const usual = slice(1);
    const noisy = slice(2, { ratios: usual.ratios.map((_, index) => 1 + 0.09 * Math.sin(index)) });
    const cellsOf = (
      column: number,
      data = slices({ slices: [usual, noisy, sliceWith(3, 5, 0.5, 'bad')] }),
    ) => layerStrip(data).cells.map((row) => row[column]?.tint);
    expect(new Set(cellsOf(1))).toEqual(new Set([0]));
    expect(cellsOf(2).filter((tint) => tint !== 0)).toEqual([-1]);
    // Of eight hits a half is nothing to speak of.
    const few = slice(1, { layerHits: usual.layerHits.map(() => 4), ratios: usual.ratios.map(() => 0.5) });
    expect(new Set(cellsOf(0, slices({ slices: [few] })))).toEqual(new Set([0]));
  });

  it.each(['diverging-dark', 'diverging-light'] as const)(
    'tells half and twice the hits expected from usual at a glance in %s, whatever one sees of colours',
    (palette) => {
      const colours = paletteColours(palette, 65);
      const at = (tint: number) => rgbOf(colours[Math.round(32 + 16 * tint)] ?? '');
      for (const vision of visions) {
        const seen = (tint: number) => simulate(at(tint), vision);
        expect(colourDistance(seen(-1), seen(0)), vision).toBeGreaterThan(10);
        expect(colourDistance(seen(1), seen(0)), vision).toBeGreaterThan(10);
      }
    },
  );

  it('knows a dead layer by its verdict, where a ratio of 0 does not tell what was expected', () => {
    const cell = (verdict: 'bad' | 'good') =>
      layerStrip(slices({ slices: [sliceWith(1, 5, 0, verdict)] })).cells[rowOf(5)]?.[0];
    expect(cell('bad')).toMatchObject({ tint: -2, isBad: true, isUnknown: false });
    expect(cell('good')).toMatchObject({ tint: null });
  });

  it('marks a bad layer by its sign also where a column is too narrow for it', () => {
    const bad = sliceWith(3, 5, 0.5, 'bad');
    const wide = drawStrip(layerStrip(slices({ slices: [slice(1), slice(2), bad] })), style, size);
    const signs = wide.commands.flatMap((command) => (command.type === 'text' ? command.texts : []));
    expect(signs.filter(({ text }) => text === '▲')).toHaveLength(1);
    const many = Array.from({ length: 400 }, (_, index) =>
      index === 200 ? { ...bad, look: 201, from: moment(200), to: moment(201) } : slice(index + 1),
    );
    const narrow = drawStrip(layerStrip(slices({ slices: many })), style, size);
    expect(drawn(narrow.commands, 'corner')).toHaveLength(1);
  });

  it('leaves the place of layers that were never built empty, and says so', () => {
    const data = slices({
      params: { run: 1, wheel: 0, sector: 4, station: 4 },
      slices: [slice(1, {}, 4), slice(2, {}, 4)],
    });
    const model = layerStrip(data);
    expect(model.rows.filter(({ exists }) => !exists).map(({ layer }) => layer)).toEqual([8, 7, 6, 5]);
    const { commands, layout } = drawStrip(model, style, size);
    const empty = [8, 7, 6, 5].map((layer) => layout.rows[rowOf(layer)]!.y);
    expect(drawn(commands, 'fill').filter(([, y]) => empty.includes(y ?? 0))).toEqual([]);
    const words = commands.flatMap((command) => (command.type === 'text' ? command.texts : []));
    expect(words.map(({ text }) => text)).toContain('no theta superlayer in MB4');
  });

  it('outlines a change over its layers and the time within which it happened', () => {
    const { commands, layout } = drawStrip(layerStrip(slices({ changes: [trip] })), style, size);
    const outline = drawn(commands, 'frame').find(([, y]) => y === layout.rows[rowOf(5)]!.y - 1);
    expect(outline?.[0]).toBeCloseTo(layout.columns[5]!.x - 1, 0);
    expect(outline?.[2]).toBeCloseTo(layout.columns[5]!.width + 2, 0);
  });

  it('finds what lies under the pointer, and makes a span of the slices in it', () => {
    const model = layerStrip(slices({ slices: [slice(1), slice(2), slice(5, { gap: 'away' }), slice(6)] }));
    const layout = stripLayout(model, size);
    const { x, width } = layout.columns[3]!;
    expect(placeAt(model, layout, x + width / 2, layout.rows[rowOf(5)]!.y + 2)).toEqual({
      row: rowOf(5),
      column: 3,
    });
    expect(placeAt(model, layout, 2, 100)).toBeNull();
    expect(spanOfColumns(model, 1, 3)).toEqual({ from: moment(1), to: moment(5) });
    expect(spanOfColumns(model, 2, 2)).toBeNull();
  });
});

describe('a strip of wires', () => {
  const wiresOf = (hits: (wire: number) => number, from = 0) =>
    Array.from({ length: 49 }, (_, index) => (index < from ? -1 : hits(index + 1)));
  it('shows the half that trips, and nothing else', () => {
    const data = slices({
      slices: Array.from({ length: 10 }, (_, index) =>
        index < 8
          ? slice(index + 1, { wires: wiresOf(() => 20) })
          : { ...sliceWith(index + 1, 5, 0.5, 'bad'), wires: wiresOf((wire) => (wire <= 24 ? 0 : 20)) },
      ),
    });
    const model = wireStrip(data, 5);
    expect(model.rows).toHaveLength(49);
    const low = model.cells.flatMap((row, index) =>
      row.flatMap((cell, column) => (cell?.tint === -2 ? [[model.rows[index]!.wires!.first, column]] : [])),
    );
    expect(low).toHaveLength(48);
    expect(low.every(([wire = 0, column = 0]) => wire <= 24 && column >= 8)).toBe(true);
  });

  it('outlines of a change the wires that it is about, as one', () => {
    const data = slices({
      slices: Array.from({ length: 10 }, (_, index) => slice(index + 1, { wires: wiresOf(() => 20) })),
      changes: [trip, { ...trip, layers: [6] }],
    });
    const { commands, layout } = drawStrip(wireStrip(data, 5), style, size);
    const outlines = commands.flatMap((command) =>
      command.type === 'frame' && command.colour === style.theme.accent ? [command.rects] : [],
    );
    const [, top = 0, , height = 0] = outlines[0] ?? [];
    expect(outlines[0]).toHaveLength(4);
    expect([top, height]).toEqual([
      layout.rows[25]!.y - 1,
      layout.plot.y + layout.plot.height - layout.rows[25]!.y + 1,
    ]);
  });

  it('puts wires together until something can be said of them, and draws nothing where none is', () => {
    const data = slices({
      slices: Array.from({ length: 10 }, (_, index) => slice(index + 1, { wires: wiresOf(() => 2, 8) })),
    });
    const model = wireStrip(data, 4);
    expect(model.rows.map(({ name }) => name)).toEqual([
      '49',
      '41-48',
      '33-40',
      '25-32',
      '17-24',
      '9-16',
      '1-8',
    ]);
    expect(model.rows.at(-1)?.exists).toBe(false);
    expect(model.cells.at(-1)?.every((cell) => cell === null)).toBe(true);
    // One wire alone has two hits a slice: whatever is counted there says nothing.
    expect(model.cells[0]?.every((cell) => cell?.isUnknown)).toBe(true);
    expect(model.cells[2]?.every((cell) => cell?.tint === 0)).toBe(true);
  });
});

it('colours nothing by what followed from as few hits as it has itself', () => {
  const hitsOf = (hits: number) =>
    [1, 2].map((look) => slice(look, { layerHits: slice(look).layerHits.map(() => hits) }));
  const tints = (count: number) => {
    const [first, second] = hitsOf(200);
    const hot = { ...first!, layerHits: first!.layerHits.with(4, 262), ratios: first!.ratios.with(4, 1.31) };
    const more = Array.from({ length: count }, (_, index) => ({
      ...second!,
      ...slice(index + 2),
      layerHits: second!.layerHits,
    }));
    return layerStrip(slices({ slices: [hot, ...more] })).cells[rowOf(5)]?.[0]?.tint;
  };
  // 262 where 200 are expected: 4.1 standard deviations if that is sure, 2.9 if it follows from 200 hits.
  expect(tints(1)).toBe(0);
  expect(tints(40)).toBeGreaterThan(0);
});

describe('the axes', () => {
  const axis = { from: Date.parse(moment(0).at), to: Date.parse(moment(60).at), x: 0, width: 600 };
  it('has round times, and lumisections where the source tells them', () => {
    expect(timeTicks(axis).map(({ text }) => text)).toContain(clock(moment(30).at));
    expect(timeTicks(axis).every(({ text }) => /:(00|10|20|30|40|50)$/.test(text))).toBe(true);
    const ticks = lumisectionTicks(axis, [moment(0), moment(60)]);
    expect(ticks.map(({ text }) => text)).toEqual(['0', '20', '40', '60', '80', '100', '120', '140']);
    expect(ticks.at(-1)?.x).toBeCloseTo((600 * 140) / 154, 0);
    expect(lumisectionTicks(axis, [{ ...moment(0), lumisection: null }, moment(60)])).toEqual([]);
  });
});

describe('words', () => {
  it('tell a change with its interval, its place and what is left', () => {
    const [from, to] = [clock(moment(5).at), clock(moment(6).at)];
    expect(changeInWords(trip)).toBe(`trip, layer 5, wires 1-24, ${from}-${to}, LS 12-15, 2 % left`);
    expect(changeInWords({ ...trip, kind: 'recovery', layers: [7, 5, 6], wires: null, ratio: 1 })).toBe(
      `recovery, layers 5-7, ${from}-${to}, LS 12-15, 100 % of the hits expected`,
    );
  });

  it('tell seconds where minutes are the same', () => {
    const [from, to] = [moment(6.1), moment(6.6)];
    expect(spanInWords({ from, to })).toContain(`${clock(from.at, true)}-${clock(to.at, true)}`);
  });

  it('say where the beginning is not known', () => {
    const to = moment(6);
    expect(spanInWords({ from: null, to })).toBe(`until ${clock(to.at)}, LS 15`);
    expect(spanInWords({ from: moment(1), to: { ...to, lumisection: null } })).not.toContain('LS');
  });

  it.each([
    [-5, '0 s'],
    [59_000, '59 s'],
    [61_000, '1 min'],
    [7_500_000, '2 h 5 min'],
  ])('%d ms is %s', (milliseconds, words) => expect(lengthInWords(milliseconds)).toBe(words));
});

describe('the time shown', () => {
  const data = slices({ changes: [trip] });

  it('is a part of the run where it lies in it, and what changed then', () => {
    const at = (minutes: number) => Date.parse(moment(minutes).at);
    const part = within(layerStrip(data), { from: at(6), to: at(8.5) });
    expect(part.columns.map(({ span }) => span.to)).toEqual([7, 8, 9].map((minutes) => moment(minutes)));
    expect(part.cells.every((row) => row.length === 3)).toBe(true);
    expect(part.changes).toEqual([]);
    expect(within(layerStrip(data), { from: at(5.5), to: at(8) }).changes).toEqual([trip]);
  });

  it('is the whole run where it holds nothing of it: empty hours say less', () => {
    const whole = layerStrip(data);
    expect(within(whole, { from: 0, to: 1000 })).toBe(whole);
    expect(within(whole, { from: -Infinity, to: Infinity })).toBe(whole);
  });
});

describe('labels of spans', () => {
  const data = slices();
  const place = (model: StripModel, layer: number) => model.rows.findIndex((row) => row.layer === layer);

  it('are told of the layers and the slices that they are about', () => {
    const model = layerStrip(data, [spanLabel]);
    const told = (layer: number, column: number) =>
      tellPlace(model, { row: place(model, layer), column })?.facts.filter((fact) => fact.startsWith('ana'));
    expect([4, 5, 7, 8].map((column) => told(5, column))).toEqual([
      [],
      ['ana says bad'],
      ['ana says bad'],
      [],
    ]);
    expect([told(1, 6), told(6, 6)]).toEqual([['ana says good'], []]);
  });

  it('name what was said and nothing else', () => {
    expect(verdictsInWords(spanLabel.verdicts!)).toBe('layer 5 bad; 1-4, 7-12 good');
    expect(verdictsInWords([null, 'not-sure', null])).toBe('layer 2 not sure');
  });

  it('stand above the slices that they are about, in room of their own, and outline the bad layers', () => {
    const without = drawStrip(layerStrip(data), style, size);
    const { layout, commands } = drawStrip(layerStrip(data, [spanLabel]), style, size);
    expect(layout.plot.y - without.layout.plot.y).toBe(labelBand);
    const words = commands.flatMap((each) => (each.type === 'text' ? each.texts : []));
    const { x = 0, y = 99 } = words.find(({ text }) => text.startsWith('layer 5 bad')) ?? {};
    const [first, last] = [layout.columns[5]!, layout.columns[7]!];
    expect(x).toBeCloseTo((first.x + last.x + last.width) / 2, 3);
    expect(y).toBeLessThan(labelBand);
    const row = layout.rows[place(layerStrip(data), 5)]!;
    const frames = commands.flatMap((each) => (each.type === 'frame' ? each.rects : []));
    expect(frames.slice(-4)).toEqual([first.x, row.y, last.x + last.width - first.x, row.height - 1]);
  });

  it('are seen beside the wires of the layers that they are about only', () => {
    const wires = Array.from({ length: 40 }, () => 50);
    const counted = slices({ slices: [1, 2, 3, 4, 5, 6].map((look) => slice(look, { wires })) });
    expect([5, 1, 6].map((layer) => wireStrip(counted, layer, [spanLabel]).labels.length)).toEqual([1, 1, 0]);
    const outlines = (layer: number) =>
      drawStrip(wireStrip(counted, layer, [spanLabel]), style, size).commands.flatMap((each) =>
        each.type === 'frame' && each.thickness === 1 ? each.rects : [],
      );
    expect(outlines(5).length).toBeGreaterThan(outlines(1).length);
  });
});
