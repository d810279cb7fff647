import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** tfjs-node 4.22 calls `util.isNullOrUndefined`, which Node 23 removed (design record in docs/decisions). */
export const firstNodeWithoutTensorflow = 23;

/** Folder of the installed @tensorflow/tfjs-node, or undefined when npm left the optional package out. */
export function tfjsNodeFolder(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-node/package.json'));
  } catch {
    return undefined;
  }
}

/** Where tfjs-node's own loader looks for its native part. */
export function bindingFile(folder: string): string {
  return join(folder, 'lib', 'napi-v8', 'tfjs_binding.node');
}

/**
 * Why tfjs-node cannot be loaded, or undefined when it can be tried. Looked up before loading it, because a load that
 * fails costs half a second and 50 MB first.
 */
export function whyNoTensorflow(nodeVersion = process.versions.node): string | undefined {
  const major = Number.parseInt(nodeVersion, 10);
  if (major >= firstNodeWithoutTensorflow) return `tfjs-node does not run on Node ${major}`;
  const folder = tfjsNodeFolder();
  if (!folder) return 'tfjs-node is not installed';
  if (!existsSync(bindingFile(folder)))
    return 'the native part of tfjs-node is not built ("dtdqm native install" builds it)';
  return undefined;
}
