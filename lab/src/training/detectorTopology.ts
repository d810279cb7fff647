import type { Topology } from '@dtdqm/detector';

/**
 * The detector's network: features -> Dense(relu) ... -> Dense(1, sigmoid). Small, so that a run of 2,720 layers passes in
 * a few milliseconds; what it is told, not its size, is what it sees with.
 */
export function detectorTopology(features: number, hidden: readonly number[]): Topology {
  const layer = (class_name: string, config: Topology): Topology => ({ class_name, config });
  const dense = (name: string, units: number, activation: string) =>
    layer('Dense', { name, units, activation, use_bias: true, trainable: true });
  const input = { name: 'features', batch_input_shape: [null, features], dtype: 'float32', sparse: false };
  const layers = [
    layer('InputLayer', input),
    ...hidden.map((units, index) => dense(`hidden_${index + 1}`, units, 'relu')),
    dense('output', 1, 'sigmoid'),
  ];
  return {
    class_name: 'Sequential',
    config: { name: 'shape_and_rate', layers },
    keras_version: '2.15.0',
    backend: 'tensorflow',
  };
}
