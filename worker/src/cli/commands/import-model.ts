import type { Command } from 'commander';

export function register(program: Command): void {
  program
    .command('import-model')
    .description('Turn a Keras model into a model folder')
    .requiredOption('--keras <file.h5>', 'model of the original architecture, saved by Keras 2 as HDF5')
    .requiredOption('--out <dir>', 'folder to write; must not exist yet')
    .action(async ({ keras, out }: { keras: string; out: string }) => {
      const { importKeras } = await import('@dtdqm/lab/keras/importKeras');
      const { label, weights } = await importKeras(keras, out);
      process.stdout.write(`Imported ${label}: ${weights} weights, into ${out}\n`);
    });
}
