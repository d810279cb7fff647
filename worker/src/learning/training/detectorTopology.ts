import type { Topology } from '../../scoring/network/topology.ts';

/**
 * The detector's network: features -> Dense(relu) ... -> Dense(1, sigmoid). Small, so that a run of 2,720 layers passes in
 * a few milliseconds; what it is told, not its size, is what it sees with.
 */
export function detectorTopology(features: number, hidden: readonly number[]): Topology {
  const dense = (name: string, units: number, activation: string, more: Topology = {}): Topology => ({
    class_name: 'Dense',
    config: { name, units, activation, use_bias: true, trainable: true, ...more },
  });
  const layers = hidden.map((units, index) =>
    dense(`hidden_${index + 1}`, units, 'relu', {
      kernel_initializer: {
        class_name: 'VarianceScaling',
        config: { scale: 2, mode: 'fan_in', distribution: 'normal', seed: null },
      },
      ...(index === 0 ? { batch_input_shape: [null, features], dtype: 'float32' } : {}),
    }),
  );
  return {
    class_name: 'Sequential',
    config: { name: 'shape_and_rate', layers: [...layers, dense('output', 1, 'sigmoid')] },
    keras_version: '2.15.0',
    backend: 'tensorflow',
  };
}
