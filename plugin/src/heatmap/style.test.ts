import { describe, expect, it } from 'vitest';
import { type Rgb, colourAt, luminance, paletteColours, readableOn } from './style.ts';
import { simulate, visions } from './colourVision.fixture.ts';

const rgb = (css: string) => (css.match(/\d+/g) ?? []).map(Number) as unknown as Rgb;

describe('palettes', () => {
  it.each(['viridis', 'cividis', 'grey'] as const)('%s grows lighter all the way', (name) => {
    const lights = paletteColours(name, 128).map((colour) => luminance(rgb(colour)));
    lights
      .slice(1)
      .forEach((light, index) => expect(light).toBeGreaterThanOrEqual((lights[index] ?? 1) - 1e-4));
  });

  it.each(visions)('the ends and the middle of viridis and cividis stay apart with %s', (vision) => {
    for (const name of ['viridis', 'cividis'] as const) {
      const seen = paletteColours(name, 5).map((colour) => luminance(simulate(rgb(colour), vision)));
      seen.slice(1).forEach((light, index) => expect(light - (seen[index] ?? 1)).toBeGreaterThan(0.02));
    }
  });

  it('clamps places outside 0..1 and gives the low end for what is not a number', () => {
    const two: Rgb[] = [
      [0, 0, 0],
      [200, 100, 50],
    ];
    expect(colourAt(two, -1)).toEqual([0, 0, 0]);
    expect(colourAt(two, 7)).toEqual([200, 100, 50]);
    expect(colourAt(two, Number.NaN)).toEqual([0, 0, 0]);
    expect(colourAt(two, 0.5)).toEqual([100, 50, 25]);
  });

  it('writes on any of its colours with a contrast of at least 4.5 to 1', () => {
    for (const name of ['viridis', 'cividis', 'cms', 'grey'] as const) {
      for (const colour of paletteColours(name, 128)) {
        const ink = readableOn(colour) === '#ffffff' ? 1 : 0;
        const paper = luminance(rgb(colour));
        const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
        expect(contrast).toBeGreaterThanOrEqual(4.5);
      }
    }
  });
});
