import type { Command } from 'commander';
import { installNative, removeNative } from '@dtdqm/detector/backend/native/install';

const say = (line: string) => void process.stdout.write(`${line}\n`);

export function register(program: Command): void {
  const native = program
    .command('native')
    .description('Native TensorFlow for tfjs-node (WebAssembly needs none of this)');
  native
    .command('install')
    .description('Build and check the native part, from a libtensorflow that is at hand or through pip')
    .option(
      '--libtensorflow <source>',
      'a folder, a .tar.gz, an http(s) URL of one, or "pip" for the tensorflow-cpu wheel',
      'pip',
    )
    .action(async ({ libtensorflow }: { libtensorflow: string }) => {
      const difference = await installNative(libtensorflow, say);
      say(`Installed. Greatest difference of any score from WebAssembly: ${difference.toExponential(1)}`);
      say('It is used from the next start on; "dtdqm native remove" takes it out again.');
    });
  native
    .command('remove')
    .description('Remove the native part')
    .action(async () => {
      say(
        (await removeNative())
          ? 'Removed. WebAssembly computes the scores from the next start on.'
          : 'There is none.',
      );
    });
}
