import './layers.ts';
import type { Json, Topology } from '../model/modelFolder.ts';

interface LayerConfig {
  class_name: string;
  config: { name: string; [field: string]: Json };
}

/** Our layers by the Keras layers that they stand in for. Model files hold the Keras names. */
const standIns: ReadonlyMap<string, string> = new Map([
  ['Conv1D', 'SlicedConv1D'],
  ['MaxPooling1D', 'BlockMaxPooling1D'],
  ['Dense', 'ProductDense'],
]);

/**
 * A Keras topology as it is run here: our layers, and no activation at the end, so that saliency can differentiate
 * logits. Weights keep their order and shapes.
 *
 * @param seed of the initial weights, for training: layer by layer `seed`, `seed + 1`, ...
 */
export function toOurs(topology: Topology, seed = 0): Topology {
  const ours = structuredClone(topology);
  let layers = layersOf(ours);
  if (Array.isArray(ours.config)) layers = ours.config = joinPools(layers) as never;
  else if (ours.class_name === 'Sequential') {
    layers = joinPools(layers);
    (ours.config as { [key: string]: Json }).layers = layers as never;
  }
  for (const layer of outputLayers(ours, layers)) layer.config.activation = 'linear';
  layers.forEach((layer, index) => {
    const standIn = standIns.get(layer.class_name);
    if (!standIn) return;
    layer.class_name = standIn;
    layer.config.seed = seed + index;
  });
  return ours;
}

function layersOf({ config }: Topology): LayerConfig[] {
  return (Array.isArray(config) ? config : (config as { layers: Json }).layers) as unknown as LayerConfig[];
}

/** In a sequence of layers, hands pooling to the convolution right before it. */
function joinPools(layers: readonly LayerConfig[]): LayerConfig[] {
  const joined: LayerConfig[] = [];
  for (const layer of layers) {
    const before = joined.at(-1);
    if (before?.class_name === 'Conv1D' && before.config.pool === undefined && isPlainPool(layer)) {
      before.config.pool = Number(layer.config.pool_size);
    } else {
      joined.push(layer);
    }
  }
  return joined;
}

function isPlainPool({ class_name, config }: LayerConfig): boolean {
  const strides = config.strides ?? config.pool_size;
  return (
    class_name === 'MaxPooling1D' &&
    Number(strides) === Number(config.pool_size) &&
    config.padding === 'valid'
  );
}

function outputLayers({ config }: Topology, layers: readonly LayerConfig[]): readonly LayerConfig[] {
  const outputs = Array.isArray(config)
    ? undefined
    : (config as { output_layers?: [string][] }).output_layers;
  if (!outputs) return layers.slice(-1);
  const names = outputs.map(([name]) => name);
  return layers.filter((layer) => names.includes(layer.config.name));
}
