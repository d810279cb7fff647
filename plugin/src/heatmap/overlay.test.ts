import { describe, expect, it } from 'vitest';
import { axisCommands, superlayerCommands, valueCommands } from './annotations.ts';
import { signedCommands } from './cells.ts';
import { chamberModel } from './chamberModel.ts';
import { colourBarCommands } from './colourBar.ts';
import { ratioToComparison } from './comparison.ts';
import { evenChamber, layoutFor, style } from './heatmap.fixture.ts';
import { saliencyOverlay } from './overlay.ts';
import { paletteColours } from './palette.ts';

const withSaliency = (at: number, value: number) => {
  const saliency = Array.from({ length: 12 }, () => new Array<number>(49).fill(0));
  (saliency[8] ?? [])[at] = value;
  const { layers } = evenChamber();
  return chamberModel({ chamber: null, run: null, hits: layers.map(({ hits }) => hits), saliency });
};

describe('saliencyOverlay', () => {
  it('tints what speaks for bad, in its own row, and nothing else', () => {
    const model = withSaliency(10, 0.7);
    const layout = layoutFor(model);
    const commands = saliencyOverlay(model, layout, '#f80', 0.6);
    const row = layout.rows.find(({ layer }) => layer === 9);
    expect(commands).toHaveLength(1);
    expect(commands[0]).toMatchObject({ do: 'fill', alpha: 0.6 });
    expect(commands[0] && 'rects' in commands[0] && commands[0].rects.slice(0, 2)).toEqual([
      layout.edges[10],
      row?.y,
    ]);
  });

  it('is empty when everything speaks for good', () => {
    const model = withSaliency(10, -0.7);
    expect(saliencyOverlay(model, layoutFor(model), '#f80', 0.6)).toEqual([]);
  });
});

describe('signedCommands', () => {
  it('gives zero the middle colour and the extremes the ends', () => {
    const model = chamberModel({ chamber: null, run: null, hits: [[1, 1, 1]] });
    const colours = paletteColours('diverging-dark', 65);
    const fills = signedCommands(model, layoutFor(model), [[-2, 0, 2]], colours, style.look);
    expect(fills.map((command) => ('colour' in command ? command.colour : ''))).toEqual([
      colours[0],
      colours[32],
      colours[64],
    ]);
  });
});

describe('ratioToComparison', () => {
  it('does not see a run that is merely longer, and sees a layer that lost half', () => {
    const hits = evenChamber(20).layers.map(({ hits: row }) => [...row]);
    const longer = evenChamber(60);
    const same = ratioToComparison(evenChamber(20), longer);
    expect(Math.max(...same.flat().map((value) => Math.abs(value ?? 0)))).toBeLessThan(1e-9);
    hits[8] = hits[8]?.map((value) => (value < 0 ? -1 : value / 2)) ?? [];
    const weak = ratioToComparison(chamberModel({ chamber: null, run: null, hits }), longer);
    expect(weak[8]?.[3] ?? 0).toBeLessThan(-0.9);
    expect(weak[7]?.[48]).toBeNull();
  });
});

describe('annotations', () => {
  it('writes values only where the longest of them fits its cell', () => {
    const model = evenChamber(20);
    expect(valueCommands(model, layoutFor(model, 1600, 400), style).length).toBeGreaterThan(0);
    expect(valueCommands(model, layoutFor(model, 500, 400), style)).toEqual([]);
    expect(valueCommands(model, layoutFor(model, 1600, 120), style)).toEqual([]);
  });

  it('numbers wires under their cells', () => {
    const model = evenChamber();
    const layout = layoutFor(model);
    const text = axisCommands(model, layout, style).find((command) => command.do === 'text');
    const ten = text?.texts.find((entry) => entry.text === '10');
    expect(ten?.x).toBeCloseTo(((layout.edges[9] ?? 0) + (layout.edges[10] ?? 0)) / 2);
  });

  it('says why MB4 has no rows in the middle', () => {
    const hits = Array.from({ length: 12 }, (_, row) =>
      new Array<number>(60).fill(row >= 4 && row < 8 ? -1 : 7),
    );
    const model = chamberModel({ chamber: { wheel: 0, station: 4, sector: 14 }, run: 1, hits });
    const texts = superlayerCommands(model, layoutFor(model), style).flatMap((command) =>
      command.do === 'text' ? command.texts.map(({ text }) => text) : [],
    );
    expect(texts).toContain('no theta superlayer in MB4');
  });

  it('puts ticks of the colour bar inside it', () => {
    const box = { x: 100, y: 10, width: 300, height: 8 };
    const commands = colourBarCommands({
      box,
      colours: style.colours,
      look: style.look,
      pixelRatio: 2,
      title: 'hits / wire',
      scale: { kind: 'log', max: 250 },
      format: String,
    });
    const numbers = commands.find((command) => command.do === 'text');
    expect(numbers?.texts.map(({ text }) => text)).toEqual(['1', '10', '100']);
    numbers?.texts.forEach(({ x }) => expect(x).toBeGreaterThanOrEqual(box.x));
  });
});
