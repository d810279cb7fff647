import type { Field, GrafanaTheme2 } from '@grafana/data';
import type { ScaleOptions } from './scale.ts';

/** Colours and fonts of everything that is not data, from Grafana's theme. */
export interface HeatmapTheme {
  text: string;
  mutedText: string;
  /** Outline of a wire without hits. */
  noHit: string;
  /** Fill of a wire without hits: an empty frame on this colour. */
  noHitFill: string;
  /** Hatching where there is no wire. */
  noWire: string;
  /** The one strong colour for "look here". */
  accent: string;
  smallFont: string;
}

export interface HeatmapStyle {
  theme: HeatmapTheme;
  /** Colours from the low end of the scale to the high end, at most 128. */
  colours: readonly string[];
  /** Colours of values with a sign, the middle one for zero. */
  signedColours: readonly string[];
  scale: ScaleOptions;
}

/** Most colours a picture is drawn in: one path a colour, so this bounds the number of paths. */
export const maxColours = 128;

/**
 * Colours, fonts and scale of the heatmap. With the palette `field`, Grafana's own colour scheme and thresholds of the hits field
 * decide: it is asked for its colour at 128 positions of the scale.
 *
 * @param top hits at the upper end of the scale.
 */
export function heatmapStyle(
  { palette, scale, reach, fixedMax }: HeatmapOptions,
  theme: GrafanaTheme2,
  field: Field | null,
  top: number,
): HeatmapStyle {
  const display = palette === 'field' ? field?.display : undefined;
  const colours = display
    ? Array.from(
        { length: maxColours },
        (_, step) => display(((step + 0.5) / maxColours) * top).color ?? theme.colors.text.primary,
      )
    : paletteColours(palette === 'field' ? 'viridis' : palette, maxColours);
  const signedColours = paletteColours(theme.isDark ? 'diverging-dark' : 'diverging-light', 65);
  return { theme: heatmapTheme(theme), colours, signedColours, scale: { kind: scale, reach, fixedMax } };
}

interface HeatmapOptions extends Pick<ScaleOptions, 'reach' | 'fixedMax'> {
  palette: PaletteName | 'field';
  scale: ScaleOptions['kind'];
}

function heatmapTheme(theme: GrafanaTheme2): HeatmapTheme {
  const { colors, typography } = theme;
  return {
    text: colors.text.primary,
    mutedText: colors.text.secondary,
    // Not brighter than what counts: a dead layer is named beside its row.
    noHit: colors.text.disabled,
    noHitFill: colors.background.canvas,
    noWire: colors.border.strong,
    accent: accentOf(theme),
    smallFont: `11px ${typography.fontFamily}`,
  };
}

/** The one strong colour for "look here": Grafana's orange, which no palette of ours contains at the low end. */
export function accentOf(theme: Pick<GrafanaTheme2, 'isDark' | 'visualization'>): string {
  return theme.visualization.getColorByName(theme.isDark ? 'orange' : 'dark-orange');
}

export type Rgb = readonly [red: number, green: number, blue: number];

export type PaletteName = 'viridis' | 'cividis' | 'cms' | 'grey';
/** For values with a sign: blue below zero, orange above, the middle close to the background of either theme. */
type DivergingName = 'diverging-dark' | 'diverging-light';

const fromHex = (colours: string): Rgb[] =>
  colours.split(' ').map((hex) => {
    const value = Number.parseInt(hex, 16);
    return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
  });

/**
 * Palettes as evenly spaced stops; between them colours are interpolated in sRGB.
 *
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
  const position = Math.min(1, Math.max(0, Number.isFinite(t) ? t : 0)) * (palette.length - 1);
  const below = Math.floor(position);
  const from = palette[below] ?? [0, 0, 0];
  const to = palette[Math.min(below + 1, palette.length - 1)] ?? from;
  const mix = (channel: 0 | 1 | 2) =>
    Math.round(from[channel] + (to[channel] - from[channel]) * (position - below));
  return [mix(0), mix(1), mix(2)];
}

/** `count` CSS colours from the low end of a palette to its high end. */
export function paletteColours(name: PaletteName | DivergingName, count: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    css(colourAt(stops[name], index / Math.max(1, count - 1))),
  );
}

function css([red, green, blue]: Rgb): string {
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
