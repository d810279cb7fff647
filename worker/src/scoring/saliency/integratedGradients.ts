import type { LoadedModel } from '../model/loadModel.ts';
import type { ChamberWires, LayerWires } from '../prepare/chamberWires.ts';
import { zerosLike } from './gradientAt.ts';
import { SampleGradients } from './sampleGradients.ts';
import type { Saliency } from './saliency.ts';
import { baselinesOf, suspiciousLayers } from './suspicion.ts';

const defaultSteps = 6;
/** Steps that a step is cut into when its two ends do not account for its gain, and how often that is repeated. */
const finerSteps = 4;
const deepest = 3;
/** Logits of one layer that one step may leave unaccounted for. A bad layer gains 5 to 30 on the whole way. */
const tolerance = 0.02;
/** A stretch of the way from the baseline to the chamber. */
interface Stretch {
  readonly from: ChamberWires;
  readonly to: ChamberWires;
  /** Where its attributions are added up. */
  readonly sums: LayerWires;
  /** By row, see {@link tolerance}. */
  readonly tolerances: readonly number[];
}

/**
 * Integrated gradients (Sundararajan et al., ICML 2017) from the healthy baseline to the chamber. The values of a chamber
 * add up to what logit(bad) - logit(good) gained on the way. Positive: this wire, as it differs from the baseline, speaks
 * for bad. Units: logits. Exact to `tolerance` for layers that are suspicious or asked for by number, rough for others.
 *
 * Networks of relus are piecewise linear, so along the way the gradient jumps, and rules that take it at fixed points need
 * hundreds of them. Here each step knows what the logit really gained and mixes the gradients of its two ends so that
 * they account for it. Where a step crosses one jump, that is its exact integral, wire by wire; where it crosses more
 * and no mixture accounts for the gain, the step is cut up. What is left at last, as where a feature itself jumps and no
 * gradient sees it, is shared out among the wires by how far they moved.
 */
export const integratedGradients: Saliency = (model, chambers, { layer, passes = defaultSteps }) => {
  const suspicious = suspiciousLayers(model, chambers);
  const baselines = baselinesOf(model, chambers, suspicious);
  const stretches = chambers.map((chamber, index): Stretch => {
    const tolerances = suspicious[index]!.map((yes, row) =>
      yes || row + 1 === layer ? tolerance : Infinity,
    );
    return { from: baselines[index]!, to: chamber, sums: zerosLike(chamber), tolerances };
  });
  // A chamber that is its own baseline has nothing to explain.
  const ways = stretches.filter(({ from, to }) => from !== to);
  integrate(model, ways, layer, passes, 0);
  return stretches.map(({ sums }) => sums);
};

function integrate(
  model: LoadedModel,
  stretches: readonly Stretch[],
  layer: number | undefined,
  steps: number,
  depth: number,
): void {
  if (stretches.length === 0) return;
  const chambers = stretches.map(({ to }) => to);
  const distances = stretches.map(({ from, to }) => distance(from.layers, to.layers, 1 / steps));
  const unaccounted: Stretch[] = [];
  const gradients = () => new SampleGradients(model.preprocessing, chambers, layer);
  let [start, end] = [gradients(), gradients()];
  start.evaluate(model, at(stretches, 0));
  for (let step = 1; step <= steps; step++) {
    end.evaluate(model, at(stretches, step / steps));
    const { shares, left } = mixtures(start, end, distances);
    const cut = stretches.map(() => false);
    for (let sample = 0; depth < deepest && sample < start.count; sample++) {
      const chamber = start.chamberOf[sample]!;
      cut[chamber] ||= Math.abs(left[sample]!) > stretches[chamber]!.tolerances[start.rowOf[sample]!]!;
    }
    const sums = stretches.map((stretch, index) => (cut[index] ? undefined : stretch.sums));
    start.addTo(sums, distances, (sample) => shares[sample]!);
    end.addTo(sums, distances, (sample) => 1 - shares[sample]!);
    start.share(sums, distances, left);
    stretches.forEach((stretch, index) => {
      if (cut[index]) unaccounted.push(part(stretch, (step - 1) / steps, step / steps));
    });
    [start, end] = [end, start];
  }
  integrate(model, unaccounted, layer, finerSteps, depth + 1);
}

/** For each sample the share of the step that goes to the gradient of its start, and the logits that it cannot account for. */
function mixtures(
  start: SampleGradients,
  end: SampleGradients,
  distances: readonly LayerWires[],
): { shares: Float64Array; left: Float64Array } {
  const byStart = start.along(distances);
  const byEnd = end.along(distances);
  const left = new Float64Array(start.count);
  const shares = byStart.map((gainByStart, sample) => {
    const gained = end.differences[sample]! - start.differences[sample]!;
    const gainByEnd = byEnd[sample]!;
    const spread = gainByStart - gainByEnd;
    const share = Math.abs(spread) < 1e-9 ? 0.5 : Math.min(1, Math.max(0, (gained - gainByEnd) / spread));
    left[sample] = gained - share * gainByStart - (1 - share) * gainByEnd;
    return share;
  });
  return { shares, left };
}

function at(stretches: readonly Stretch[], share: number): ChamberWires[] {
  return stretches.map((stretch) => pointOf(stretch, share));
}

function pointOf({ from, to }: Stretch, share: number): ChamberWires {
  if (share === 0) return from;
  if (share === 1) return to;
  const layers = from.layers.map((wires, row) => {
    const target = to.layers[row];
    return wires && wires.map((hits, wire) => hits + share * (target![wire]! - hits));
  });
  return { ...to, layers };
}

function part(stretch: Stretch, first: number, last: number): Stretch {
  return { ...stretch, from: pointOf(stretch, first), to: pointOf(stretch, last) };
}

function distance(from: LayerWires, to: LayerWires, share: number): LayerWires {
  return to.map((wires, row) => wires && wires.map((hits, wire) => share * (hits - from[row]![wire]!)));
}
