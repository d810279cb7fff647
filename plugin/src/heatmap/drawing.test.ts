import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hitCommands, saliencyOverlay, signedCommands } from './cells.ts';
import { chamberModel, ratioToComparison } from './chamberModel.ts';
import { drawChamber } from './drawing.ts';
import { type DrawCommand, paint } from './paint.ts';
import { evenChamber, layoutFor, style } from './heatmap.fixture.ts';
import { maxColours, paletteColours } from './style.ts';
import { axisCommands, colourBarCommands, superlayerCommands, valueCommands } from './annotations.ts';

const cellsIn = (commands: DrawCommand[], kind: DrawCommand['type']) =>
  commands
    .filter((command) => command.type === kind)
    .reduce((sum, command) => sum + ('rects' in command ? command.rects.length / 4 : 0), 0);

describe('hitCommands', () => {
  it('draws the three kinds of cell in three different ways', () => {
    const hits = evenChamber().layers.map(({ hits: row }) => [...row]);
    hits[0]?.splice(3, 5, 0, 0, 0, 0, 0);
    const model = chamberModel({ chamber: null, run: null, hits });
    const commands = hitCommands(model, layoutFor(model), style);
    expect(cellsIn(commands, 'hatch')).toBe(3);
    expect(cellsIn(commands, 'frame')).toBe(5);
    expect(cellsIn(commands, 'fill')).toBe(12 * 49 - 3);
  });

  it('draws every cell of a layer that exists once, with one path a colour and at most 128 colours', () => {
    const matrix = fc.array(fc.array(fc.integer({ min: -1, max: 3000 }), { minLength: 96, maxLength: 96 }), {
      minLength: 12,
      maxLength: 12,
    });
    const rich = { ...style, colours: paletteColours('cividis', maxColours) };
    fc.assert(
      fc.property(matrix, (hits) => {
        const model = chamberModel({ chamber: null, run: null, hits });
        const commands = hitCommands(model, layoutFor(model), rich);
        const fills = commands.filter((command) => command.type === 'fill');
        expect(new Set(fills.map(({ colour }) => colour)).size).toBe(fills.length);
        expect(fills.length).toBeLessThanOrEqual(maxColours + 1);
        const hatched = cellsIn(commands, 'hatch');
        const built = model.layers.filter(({ exists }) => exists).length;
        expect(cellsIn(commands, 'fill') + hatched).toBe(built * 96);
      }),
      { numRuns: 30 },
    );
  });

  it('leaves the rows that MB4 does not have empty', () => {
    const hits = Array.from({ length: 12 }, (_, row) => new Array(60).fill(row >= 4 && row < 8 ? -1 : 7));
    const model = chamberModel({ chamber: { wheel: 0, station: 4, sector: 14 }, run: 1, hits });
    const layout = layoutFor(model);
    const missing = layout.rows.filter(({ layer }) => layer >= 5 && layer <= 8).map(({ y }) => y);
    const drawn = hitCommands(model, layout, style).flatMap((command) =>
      'rects' in command ? command.rects.filter((_, index) => index % 4 === 1) : [],
    );
    expect(drawn.filter((y) => missing.includes(y))).toEqual([]);
  });

  it('scales each layer by itself when asked to', () => {
    const hits = Array.from({ length: 12 }, (_, row) => [row + 1, 10 * (row + 1)]);
    const model = chamberModel({ chamber: null, run: null, hits });
    const scale = { ...style.scale, reach: 'layer' as const };
    const fills = hitCommands(model, layoutFor(model), { ...style, scale }).filter(
      ({ type: kind }) => kind === 'fill',
    );
    expect(fills).toHaveLength(2);
  });
});

describe('cells with more hits than the scale tells apart', () => {
  const cornersOf = (noise: number, reach: 'chamber' | 'layer') => {
    const hits = evenChamber(20).layers.map(({ hits: row }) => [...row]);
    hits[2]![7] = noise;
    const model = chamberModel({ chamber: null, run: null, hits });
    const options = { saliencyOpacity: 0.6, showValues: false, format: String, content: 'hits' } as const;
    const size = { width: 900, height: 360, pixelRatio: 1 };
    const scaled = { ...style, scale: { ...style.scale, reach } };
    const { layout, commands } = drawChamber(model, null, { ...options, ...size, style: scaled });
    const corners = commands.filter((command) => command.type === 'corner').map(({ rects }) => rects);
    const texts = commands.flatMap((command) => (command.type === 'text' ? command.texts : []));
    return { layout, corners, said: texts.some(({ text }) => text.includes('1 above (up to 9000)')) };
  };

  it.each(['chamber', 'layer'] as const)('carry a corner, and so does the key, one scale a %s', (reach) => {
    const { layout, corners, said } = cornersOf(9000, reach);
    const row = layout.rows.find(({ layer }) => layer === 3);
    expect(corners).toHaveLength(2);
    expect(corners[0]?.slice(0, 2)).toEqual([layout.edges[7], row?.y]);
    expect(corners[0]).toHaveLength(4);
    expect(said).toBe(true);
    expect(cornersOf(59, reach)).toMatchObject({ corners: [], said: false });
  });

  it('keep it in a form that is not their colour', () => {
    const { canvas, calls } = recordingCanvas();
    const corner: DrawCommand = { type: 'corner', colour: '#000000', rects: [10, 20, 12, 30] };
    paint(canvas, [corner], { width: 100, height: 100 }, 1);
    expect(calls.filter(([name]) => /To$/.test(name))).toEqual([
      ['moveTo', 16, 20],
      ['lineTo', 22, 20],
      ['lineTo', 22, 26],
    ]);
  });
});

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
    const commands = saliencyOverlay(model, layout, style, 0.6);
    const row = layout.rows.find(({ layer }) => layer === 9);
    expect(commands).toHaveLength(1);
    expect(commands[0]).toMatchObject({ type: 'fill', alpha: 0.6 });
    expect(commands[0] && 'rects' in commands[0] && commands[0].rects.slice(0, 2)).toEqual([
      layout.edges[10],
      row?.y,
    ]);
  });

  it('is empty when everything speaks for good', () => {
    const model = withSaliency(10, -0.7);
    expect(saliencyOverlay(model, layoutFor(model), style, 0.6)).toEqual([]);
  });
});

describe('the key of the saliency', () => {
  const textsOf = (content: 'hits' | 'hits-and-saliency') =>
    drawChamber(withSaliency(10, 0.7), null, {
      content,
      style,
      saliencyOpacity: 0.6,
      showValues: false,
      width: 900,
      height: 360,
      pixelRatio: 1,
      format: String,
    }).commands.flatMap((command) => (command.type === 'text' ? command.texts.map(({ text }) => text) : []));

  it('says what its colour means where it is shown, and only there', () => {
    expect(textsOf('hits-and-saliency')).toContain('speaks for bad');
    expect(textsOf('hits')).not.toContain('speaks for bad');
  });
});

describe('signedCommands', () => {
  it('gives zero the middle colour and the extremes the ends', () => {
    const model = chamberModel({ chamber: null, run: null, hits: [[1, 1, 1]] });
    const colours = paletteColours('diverging-dark', 65);
    const fills = signedCommands(model, layoutFor(model), [[-2, 0, 2]], { ...style, signedColours: colours });
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
    const text = axisCommands(model, layout, style).find((command) => command.type === 'text');
    const ten = text?.texts.find((entry) => entry.text === '10');
    expect(ten?.x).toBeCloseTo(((layout.edges[9] ?? 0) + (layout.edges[10] ?? 0)) / 2);
  });

  it('says why MB4 has no rows in the middle', () => {
    const hits = Array.from({ length: 12 }, (_, row) =>
      new Array<number>(60).fill(row >= 4 && row < 8 ? -1 : 7),
    );
    const model = chamberModel({ chamber: { wheel: 0, station: 4, sector: 14 }, run: 1, hits });
    const texts = superlayerCommands(model, layoutFor(model), style).flatMap((command) =>
      command.type === 'text' ? command.texts.map(({ text }) => text) : [],
    );
    expect(texts).toContain('no theta superlayer in MB4');
  });

  it('puts ticks of the colour bar inside it', () => {
    const box = { x: 100, y: 10, width: 300, height: 8 };
    const commands = colourBarCommands({
      box,
      colours: style.colours,
      theme: style.theme,
      pixelRatio: 2,
      title: 'hits / wire',
      scale: { kind: 'log', max: 250 },
      format: String,
    });
    const numbers = commands.find((command) => command.type === 'text');
    expect(numbers?.texts.map(({ text }) => text)).toEqual(['1', '10', '100']);
    numbers?.texts.forEach(({ x }) => expect(x).toBeGreaterThanOrEqual(box.x));
  });
});

/** Records what is called on it, as a canvas that keeps a diary. */
function recordingCanvas(): { canvas: CanvasRenderingContext2D; calls: [string, ...unknown[]][] } {
  const calls: [string, ...unknown[]][] = [];
  const properties: Record<string, unknown> = {};
  const canvas = new Proxy(properties, {
    get: (target, name) =>
      target[String(name)] ?? ((...args: unknown[]) => calls.push([String(name), ...args])),
    set: (target, name, value) => {
      target[String(name)] = value;
      return true;
    },
  });
  return { canvas: canvas as unknown as CanvasRenderingContext2D, calls };
}

describe('paint', () => {
  it('scales to device pixels, clears, then draws one path a command', () => {
    const model = evenChamber();
    const layout = layoutFor(model, 900, 360, 2);
    const commands = hitCommands(model, layout, style);
    const { canvas, calls } = recordingCanvas();
    paint(canvas, commands, layout.size, 2);
    expect(calls[0]).toEqual(['setTransform', 2, 0, 0, 2, 0, 0]);
    expect(calls[1]).toEqual(['clearRect', 0, 0, 900, 360]);
    expect(calls.filter(([name]) => name === 'fill')).toHaveLength(
      commands.filter(({ type: kind }) => kind === 'fill').length,
    );
    const saves = calls.filter(([name]) => name === 'save').length;
    expect(calls.filter(([name]) => name === 'restore')).toHaveLength(saves);
  });
});
