import type { ScaleOptions } from './scale.ts';

/** Colours and fonts of everything that is not data; the panel takes them from Grafana's theme. */
export interface Look {
  background: string;
  text: string;
  mutedText: string;
  /** Outline of a wire without hits. */
  noHit: string;
  /** Fill of a wire without hits: an empty frame on this colour. */
  noHitFill: string;
  /** Hatching where there is no wire. */
  noWire: string;
  accent: string;
  font: string;
  smallFont: string;
}

export interface HeatmapStyle {
  look: Look;
  /** Colours from the low end of the scale to the high end, at most 128. */
  colours: readonly string[];
  scale: ScaleOptions;
}

/** Most colours a picture is drawn in: one path a colour, so this bounds the number of paths. */
export const mostColours = 128;
