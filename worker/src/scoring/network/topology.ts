import './slicedConv1d.ts';
import './blockMaxPooling1d.ts';

/** A Keras model configuration: `{class_name, config}` as model.json and HDF5 files hold it. */
export type Topology = { [key: string]: Json };
type Json = boolean | number | string | null | Json[] | { [key: string]: Json };

/** Our layers by the Keras layers that they stand in for. Files always hold the Keras names. */
const standIns: readonly (readonly [keras: string, ours: string])[] = [
  ['Conv1D', 'SlicedConv1D'],
  ['MaxPooling1D', 'BlockMaxPooling1D'],
];

/** As written to model.json, so that every tool that reads Keras models can read it. */
export function toKeras(topology: Topology): Topology {
  return renameClasses(topology, new Map(standIns.map(([keras, ours]) => [ours, keras]))) as Topology;
}

/** As loaded: our layers, and no activation at the end, so that saliency can differentiate logits. */
export function toOurs(topology: Topology): Topology {
  const ours = renameClasses(structuredClone(topology), new Map(standIns)) as Topology;
  for (const layer of outputLayers(ours)) layer.config.activation = 'linear';
  return ours;
}

interface LayerConfig {
  class_name: string;
  config: { name: string; activation?: string };
}

function outputLayers(topology: Topology): LayerConfig[] {
  const config = topology.config as unknown as
    LayerConfig[] | { layers: LayerConfig[]; output_layers?: [string][] };
  if (Array.isArray(config)) return config.slice(-1);
  if (!config.output_layers) return config.layers.slice(-1);
  const names = config.output_layers.map(([name]) => name);
  return config.layers.filter((layer) => names.includes(layer.config.name));
}

function renameClasses(value: Json, names: ReadonlyMap<string, string>): Json {
  if (Array.isArray(value)) return value.map((item) => renameClasses(item, names));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === 'class_name' && typeof item === 'string'
        ? (names.get(item) ?? item)
        : renameClasses(item, names),
    ]),
  );
}
