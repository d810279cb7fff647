import { describe, expect, it } from 'vitest';
import { hitCommands } from './cells.ts';
import { evenChamber, layoutFor, style } from './heatmap.fixture.ts';
import { paint, type Canvas } from './paint.ts';

/** Records what is called on it, as a canvas that keeps a diary. */
function recordingCanvas(): { canvas: Canvas; calls: [string, ...unknown[]][] } {
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
  return { canvas: canvas as unknown as Canvas, calls };
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
      commands.filter(({ do: kind }) => kind === 'fill').length,
    );
    const saves = calls.filter(([name]) => name === 'save').length;
    expect(calls.filter(([name]) => name === 'restore')).toHaveLength(saves);
  });
});
