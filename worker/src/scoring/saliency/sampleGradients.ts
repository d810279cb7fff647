import type { LoadedModel } from '../model/loadModel.ts';
import type { ChamberWires, LayerWires } from '../prepare/chamberWires.ts';
import type { Preprocessing } from '../preprocessing/preprocessing.ts';
import { requirePullback } from './gradientAt.ts';

/**
 * Gradients by wire of each sample apart: what one layer's logits owe to every wire of its chamber. Memory: one chamber of
 * numbers for each of its layers, used again by every {@link evaluate}.
 */
export class SampleGradients {
  /** logit(bad) - logit(good) of each sample. */
  differences: Float32Array = new Float32Array();
  /** Chamber of each sample. */
  readonly chamberOf: readonly number[];
  /** Row 0..11 of each sample. */
  readonly rowOf: readonly number[];
  private readonly values: readonly Float64Array[];
  private readonly rows: readonly LayerWires[];
  /** Place in the samples that preprocessing makes of each that is kept here. */
  private readonly places: readonly number[];

  /** @param layer keeps that layer's samples only. */
  constructor({ reach }: Preprocessing, chambers: readonly ChamberWires[], layer: number | undefined) {
    const all = chambers.flatMap(({ layers }, chamber) =>
      layers.flatMap((wires, row) => (wires ? [{ chamber, row }] : [])),
    );
    this.places = all.flatMap(({ row }, place) => (layer === undefined || row === layer - 1 ? [place] : []));
    this.chamberOf = this.places.map((place) => all[place]!.chamber);
    this.rowOf = this.places.map((place) => all[place]!.row);
    const held = this.chamberOf.map((chamber, sample) =>
      roomFor(chambers[chamber]!, reach === 'layer' ? this.rowOf[sample] : undefined),
    );
    this.values = held.map(({ values }) => values);
    this.rows = held.map(({ rows }) => rows);
  }

  get count(): number {
    return this.places.length;
  }

  evaluate(model: LoadedModel, chambers: readonly ChamberWires[]): void {
    const pullback = requirePullback(model.preprocessing);
    const samples = model.preprocessing.prepare(chambers);
    const { differences, gradients } = model.network.differentiate(samples.tensors, samples.layers.length);
    this.differences = Float32Array.from(this.places, (place) => differences[place]!);
    for (const values of this.values) values.fill(0);
    pullback(chambers, ...only(samples, gradients, this.places), this.rows);
  }

  /** The slope of each sample's difference in a direction, one for each chamber. */
  along(directions: readonly LayerWires[]): Float64Array {
    return Float64Array.from(this.rows, (rows, sample) => {
      const direction = directions[this.chamberOf[sample]!]!;
      let sum = 0;
      rows.forEach((values, row) => {
        const factors = direction[row];
        for (let wire = 0; values && wire < values.length; wire++) sum += values[wire]! * factors![wire]!;
      });
      return sum;
    });
  }

  /** Adds each sample's gradient times `factors`, weighted, to its chamber; not to chambers without sums. */
  addTo(
    sums: readonly (LayerWires | undefined)[],
    factors: readonly LayerWires[],
    weight: (sample: number) => number,
  ): void {
    this.rows.forEach((rows, sample) => {
      const chamber = this.chamberOf[sample]!;
      const into = sums[chamber];
      const share = weight(sample);
      if (!into || share === 0) return;
      rows.forEach((values, row) => {
        const sum = into[row];
        const factor = factors[chamber]![row];
        for (let wire = 0; values && wire < values.length; wire++) {
          sum![wire]! += share * values[wire]! * factor![wire]!;
        }
      });
    });
  }

  /** Adds one number for each sample to its chamber, shared out among the wires in proportion to how far they moved. */
  share(
    sums: readonly (LayerWires | undefined)[],
    moves: readonly LayerWires[],
    amounts: Float64Array,
  ): void {
    const lengths = moves.map(lengthOf);
    this.rows.forEach((rows, sample) => {
      const chamber = this.chamberOf[sample]!;
      const into = sums[chamber];
      const length = lengths[chamber]!(rows);
      if (!into || length === 0 || amounts[sample] === 0) return;
      rows.forEach((values, row) => {
        const move = moves[chamber]![row];
        const sum = into[row];
        for (let wire = 0; values && wire < values.length; wire++) {
          sum![wire]! += (amounts[sample]! * Math.abs(move![wire]!)) / length;
        }
      });
    });
  }
}

/** Twelve rows of a chamber that lie behind one another in one array; `only` one of them, when no other can matter. */
function roomFor({ layers }: ChamberWires, only?: number): { values: Float64Array; rows: LayerWires } {
  const wanted = layers.map((wires, row) => (only === undefined || row === only ? wires : null));
  const values = new Float64Array(wanted.reduce((sum, wires) => sum + (wires?.length ?? 0), 0));
  let first = 0;
  const rows = wanted.map((wires) => wires && values.subarray(first, (first += wires.length)));
  return { values, rows };
}

type Samples = ReturnType<LoadedModel['preprocessing']['prepare']>;

/** The samples at some places and their gradients; all of them as they are. */
function only(
  samples: Samples,
  gradients: Record<string, Float32Array>,
  places: readonly number[],
): [Samples, Record<string, Float32Array>] {
  const count = samples.layers.length;
  if (places.length === count) return [samples, gradients];
  const pick = (values: Float32Array) => {
    const size = values.length / count;
    const picked = new Float32Array(places.length * size);
    places.forEach((place, index) => {
      picked.set(values.subarray(place * size, (place + 1) * size), index * size);
    });
    return picked;
  };
  const pickAll = (tensors: Readonly<Record<string, Float32Array>>) =>
    Object.fromEntries(Object.entries(tensors).map(([name, values]) => [name, pick(values)]));
  const layers = places.map((place) => samples.layers[place]!);
  return [{ layers, tensors: pickAll(samples.tensors) }, pickAll(gradients)];
}

/** Sum of the distances that wires moved, over the rows that a sample can depend on. */
function lengthOf(moves: LayerWires): (rows: LayerWires) => number {
  const byRow = moves.map((move) => move?.reduce((sum, value) => sum + Math.abs(value), 0) ?? 0);
  return (rows) => byRow.reduce((sum, length, row) => sum + (rows[row] ? length : 0), 0);
}
