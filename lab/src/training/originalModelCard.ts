import type { ModelMetadata } from '@dtdqm/detector';

/** README.md of the shipped model of the original architecture. */
export function originalModelCard({
  name,
  version,
  metrics,
  thresholds,
  seeds,
  data,
}: ModelMetadata): string {
  const shown = (value: number) => value.toFixed(4);
  return `# ${name}@${version}

The architecture of the original tool (47 inputs, Conv1D(10, 3, relu), MaxPool(5), Dense(8, relu), Dense(2, softmax)), trained
anew on **simulated** layers. It is kept to compare with, and to have a model at hand on a bare machine.

## Use

Preprocessing \`original-47\`: drop the cells without wire, resize linearly to 47, divide by the layer's own maximum. One sample
is one layer; output 1 is "bad". A layer is called bad from P(bad) = ${shown(thresholds.bad)}, chosen on held-out runs for 0.2 % false alarms.

## Training

${data.source}. Seed ${seeds.join(', ')}; runs are split, never layers. Only faults that change the shape of a layer are
injected: the preprocessing hides the others. Single dead cells and single noisy cells are injected as good.

| on simulated test runs | |
| --- | --- |
${Object.entries(metrics)
  .map(([metric, value]) => `| ${metric} | ${shown(value)} |`)
  .join('\n')}

Trained by \`lab/src/training/shipOriginal.ts\`; the WebAssembly backend gives the same weights for the same seed.

## Limits

It looks at one layer, scaled to its own maximum. It cannot see a dead layer, a layer at lowered voltage, a dead superlayer, or
anything else that lowers all cells alike; one very noisy cell flattens its layer. With few hits a cell it is unsure. It has no
"unknown". It has been shown no real chamber while it was trained.
`;
}
