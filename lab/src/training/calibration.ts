import type { Samples } from './samples.ts';

export interface Calibration {
  readonly temperature: number;
  readonly offset: number;
}

/**
 * Temperature scaling with an offset (Guo et al., ICML 2017): the two numbers that make
 * sigmoid(difference / temperature + offset) most likely on held-out layers, by Newton's method.
 *
 * @param differences logit(bad) - logit(good) of each sample.
 */
export function calibrate(differences: Float32Array, { bad }: Pick<Samples, 'bad'>): Calibration {
  let slope = 1;
  let offset = 0;
  for (let round = 0; round < 50; round++) {
    const step = newtonStep(differences, bad, slope, offset);
    slope = Math.min(5, Math.max(0.05, slope - step.slope));
    offset -= step.offset;
    if (Math.abs(step.slope) + Math.abs(step.offset) < 1e-9) break;
  }
  return { temperature: 1 / slope, offset };
}

function newtonStep(differences: Float32Array, bad: Float32Array, slope: number, offset: number) {
  // A weak pull to slope 1 and offset 0 keeps perfectly separated samples from running off.
  const pull = 1e-3 * differences.length ** 0.5;
  let [gradientSlope, gradientOffset] = [pull * (slope - 1), pull * offset];
  let [curvature, mixed, offsetCurvature] = [pull, 0, pull];
  for (let sample = 0; sample < differences.length; sample++) {
    const difference = differences[sample]!;
    const p = 1 / (1 + Math.exp(-(slope * difference + offset)));
    const error = p - bad[sample]!;
    const weight = p * (1 - p);
    gradientSlope += error * difference;
    gradientOffset += error;
    curvature += weight * difference * difference;
    mixed += weight * difference;
    offsetCurvature += weight;
  }
  const determinant = curvature * offsetCurvature - mixed * mixed;
  return {
    slope: (gradientSlope * offsetCurvature - gradientOffset * mixed) / determinant,
    offset: (gradientOffset * curvature - gradientSlope * mixed) / determinant,
  };
}
