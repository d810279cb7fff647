import { Option, type Command } from 'commander';
import { backendChoices, type BackendChoice } from '@dtdqm/detector/backend/choice';
import { createScorer } from '@dtdqm/detector/createScorer';
import { scoreLines } from '@dtdqm/detector/lines/scoreLines';
import { openInput, openOutput } from '@dtdqm/detector/lines/files';

interface Options {
  in: string;
  out: string;
  model?: string;
  backend: BackendChoice;
}

export function register(program: Command): void {
  program
    .command('score')
    .description('Score recorded chambers: JSON lines in, JSON lines out')
    .requiredOption('--in <file>', 'lines {run,wheel,station,sector,matrix}; "-" reads standard input')
    .requiredOption('--out <file>', 'lines with scores, verdicts and faults; "-" writes standard output')
    .option('--model <dir>', 'model folder (default: the one that models/default.json points to)')
    .addOption(
      new Option('--backend <name>', 'what computes the scores').choices(backendChoices).default('auto'),
    )
    .action(async (options: Options) => {
      const input = await openInput(options.in);
      const scorer = await createScorer({ model: options.model, backend: options.backend });
      try {
        const output = await openOutput(options.out);
        try {
          const chambers = await scoreLines(scorer, input, (text) => output.write(text));
          await output.commit();
          process.stderr.write(
            `Scored ${chambers} chambers with ${scorer.model} on ${scorer.backendReason}\n`,
          );
        } catch (cause) {
          await output.discard();
          throw cause;
        }
      } finally {
        await scorer.close();
      }
    });
}
