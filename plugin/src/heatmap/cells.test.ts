import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hitCommands } from './cells.ts';
import { chamberModel } from './chamberModel.ts';
import type { Command } from './commands.ts';
import { evenChamber, layoutFor, style } from './heatmap.fixture.ts';
import { mostColours } from './look.ts';
import { paletteColours } from './palette.ts';

const cellsIn = (commands: Command[], kind: Command['do']) =>
  commands
    .filter((command) => command.do === kind)
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
    const rich = { ...style, colours: paletteColours('cividis', mostColours) };
    fc.assert(
      fc.property(matrix, (hits) => {
        const model = chamberModel({ chamber: null, run: null, hits });
        const commands = hitCommands(model, layoutFor(model), rich);
        const fills = commands.filter((command) => command.do === 'fill');
        expect(new Set(fills.map(({ colour }) => colour)).size).toBe(fills.length);
        expect(fills.length).toBeLessThanOrEqual(mostColours + 1);
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
      ({ do: kind }) => kind === 'fill',
    );
    expect(fills).toHaveLength(2);
  });
});
