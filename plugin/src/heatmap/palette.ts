/** Palettes as evenly spaced stops; between them colours are interpolated in sRGB. */

export type Rgb = readonly [red: number, green: number, blue: number];

export const paletteNames = ['viridis', 'cividis', 'cms', 'grey'] as const;
export type PaletteName = (typeof paletteNames)[number];
/** For values with a sign: blue below zero, orange above, the middle close to the background of either theme. */
export type DivergingName = 'diverging-dark' | 'diverging-light';

const fromHex = (colours: string): Rgb[] =>
  colours.split(' ').map((hex) => {
    const value = Number.parseInt(hex, 16);
    return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
  });

/**
 * viridis and cividis: samples of the published maps (matplotlib; Nunez et al. 2018). cms: the rainbow with which ROOT, and so
 * the DQM pages, draw these histograms (palette 55). grey runs from dark to light as viridis does.
 */
const stops: Record<PaletteName | DivergingName, Rgb[]> = {
  viridis: fromHex(
    '440154 481a6c 472f7d 414487 39568c 31688e 2a788e 23888e 1f988b 22a884 35b779 54c568 7ad151 a5db36 d2e21b fde725',
  ),
  cividis: fromHex(
    '00224e 05306d 1e3a6f 35456c 46506b 565c6c 65676f 727274 807e78 8f8b78 9f9776 b0a573 c1b26d d3c164 e6d059 fee838',
  ),
  cms: fromHex('000063 05308e 0f7cc6 23c0c9 66ce5a c4e216 d0610d c71008 6e0002'),
  grey: fromHex('1f1f23 3a3a40 57575e 76767e 97979f babac0 dedee2 ffffff'),
  'diverging-dark': fromHex('8ec7ff 4a90d9 2f5c8a 2a2c33 8a4f24 e07b2a ffc27a'),
  'diverging-light': fromHex('08306b 2f74b5 9cc4e4 eeeeee f5b881 d9691e 7f2704'),
};

/** Colour at `t` in 0..1; values outside are clamped. */
export function colourAt(palette: readonly Rgb[], t: number): Rgb {
  const place = Math.min(1, Math.max(0, Number.isFinite(t) ? t : 0)) * (palette.length - 1);
  const below = Math.floor(place);
  const from = palette[below] ?? [0, 0, 0];
  const to = palette[Math.min(below + 1, palette.length - 1)] ?? from;
  const mix = (channel: 0 | 1 | 2) =>
    Math.round(from[channel] + (to[channel] - from[channel]) * (place - below));
  return [mix(0), mix(1), mix(2)];
}

/** `count` CSS colours from the low end of a palette to its high end. */
export function paletteColours(name: PaletteName | DivergingName, count: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    cssColour(colourAt(stops[name], index / Math.max(1, count - 1))),
  );
}

export function cssColour([red, green, blue]: Rgb): string {
  return `rgb(${red}, ${green}, ${blue})`;
}

/** Black or white, whichever is easier to read on the colour (WCAG relative luminance). */
export function readableOn(colour: string): '#000000' | '#ffffff' {
  const [red = 0, green = 0, blue = 0] = (colour.match(/\d+(\.\d+)?/g) ?? []).map(Number);
  return luminance([red, green, blue]) > 0.179 ? '#000000' : '#ffffff';
}

/** Relative luminance 0..1 of an sRGB colour, as WCAG 2 defines it. */
export function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((channel) => {
    const part = channel / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
