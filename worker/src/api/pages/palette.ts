/** Matplotlib's viridis at nine even steps (van der Walt and Smith, 2015): even to the eye, and in grey. */
const viridis = [
  '#440154',
  '#472d7b',
  '#3b528b',
  '#2c728e',
  '#21918c',
  '#28ae80',
  '#5ec962',
  '#addc30',
  '#fde725',
];

/** Enough that the eye sees no steps, few enough that a drawing needs one path a colour. */
export const colourSteps = 64;

/** Step 0 to {@link colourSteps} - 1 of a fraction, which is cut to 0..1. */
export function stepOf(fraction: number): number {
  return Math.round(Math.min(1, Math.max(0, fraction)) * (colourSteps - 1));
}

/** Colour of a step, `#rrggbb`. */
export function colourOf(step: number): string {
  const place = (step / (colourSteps - 1)) * (viridis.length - 1);
  const index = Math.min(viridis.length - 2, Math.floor(place));
  const [low, high] = [channels(viridis[index] ?? ''), channels(viridis[index + 1] ?? '')];
  const mixed = low.map((value, channel) => value + ((high[channel] ?? 0) - value) * (place - index));
  return `#${mixed.map((value) => Math.round(value).toString(16).padStart(2, '0')).join('')}`;
}

function channels(colour: string): number[] {
  return [1, 3, 5].map((start) => Number.parseInt(colour.slice(start, start + 2), 16));
}
