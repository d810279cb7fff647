import type { Rgb } from './style.ts';

export const visions = ['deuteranopia', 'protanopia', 'tritanopia', 'greyscale'] as const;
export type Vision = (typeof visions)[number];

type Matrix3 = readonly (readonly [number, number, number])[];

/** Full dichromacy in linear RGB: Machado, Oliveira and Fernandes 2009, severity 1. Greyscale: Rec. 709 luminance. */
const matrices: Record<Vision, Matrix3> = {
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
  greyscale: [
    [0.2126, 0.7152, 0.0722],
    [0.2126, 0.7152, 0.0722],
    [0.2126, 0.7152, 0.0722],
  ],
};

/** What a colour looks like to somebody with that vision. */
export function simulate(colour: Rgb, vision: Vision): Rgb {
  const linear = colour.map((channel) => toLinear(channel / 255));
  const [red = 0, green = 0, blue = 0] = matrices[vision].map(([r, g, b]) =>
    Math.round(255 * toEncoded(r * (linear[0] ?? 0) + g * (linear[1] ?? 0) + b * (linear[2] ?? 0))),
  );
  return [red, green, blue];
}

/** Distance of two colours in CIELAB (delta E 1976); about 2 is just visible, above 10 is told apart at a glance. */
export function colourDistance(a: Rgb, b: Rgb): number {
  const [first, second] = [toLab(a), toLab(b)];
  return Math.hypot(first[0] - second[0], first[1] - second[1], first[2] - second[2]);
}

function toLinear(part: number): number {
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}

function toEncoded(part: number): number {
  const held = Math.min(1, Math.max(0, part));
  return held <= 0.0031308 ? held * 12.92 : 1.055 * held ** (1 / 2.4) - 0.055;
}

function toLab(colour: Rgb): [number, number, number] {
  const [red = 0, green = 0, blue = 0] = colour.map((channel) => toLinear(channel / 255));
  const curve = (part: number) => (part > 0.008856 ? Math.cbrt(part) : 7.787 * part + 16 / 116);
  const x = curve((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505);
  const y = curve(0.2126 * red + 0.7152 * green + 0.0722 * blue);
  const z = curve((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}
