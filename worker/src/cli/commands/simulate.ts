import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { refuseSpecialFile } from '@dtdqm/detector/files';
import { Option, type Command } from 'commander';
import { checkRunScript } from '@dtdqm/simulator/detector';
import { checkRules, startSimulator, type Dialect, type Simulator } from '@dtdqm/simulator/server';
import {
  demoRuns,
  readRecordedRuns,
  readReplay,
  RunsInProgress,
  SimulatedDetector,
  type HistogramSource,
} from '@dtdqm/simulator/sources';
import type { RecordOptions } from '../recordRun.ts';
import { readCertificate } from '../../dqm/certificate.ts';
import { wholeNumberOption } from '../commandLine.ts';

interface ServerOptions {
  port: number;
  host: string;
  basePath: string;
  dialect: Dialect | 'both';
  control: boolean;
  rules?: string;
  tlsCert?: string;
  tlsKey?: string;
  tlsPassphraseFile?: string;
  tlsClientCa?: string;
}

interface SimulateOptions extends ServerOptions {
  replay?: string;
  dataset: string;
  seed: number;
  runs: number;
  firstRun: number;
  live: boolean;
  script?: string;
  speed: number;
  perLumisection: boolean;
}

interface ReplayOptions extends ServerOptions {
  dataset: string;
  speed: number;
}

export function register(program: Command): void {
  withServerOptions(
    program
      .command('simulate')
      .description('Serve a simulated detector, or recorded chambers, as the DQM server does')
      .option('--replay <file>', 'serve recorded chambers: lines {run,wheel,station,sector,matrix}')
      .option('--seed <number>', 'the same seed gives the same bytes', wholeNumberOption(0, 2 ** 31), 1)
      .option('--runs <count>', 'simulated runs that are over', wholeNumberOption(1, 10_000), 20)
      .option(
        '--first-run <run>',
        'number of the first simulated run',
        wholeNumberOption(1, 2 ** 31 - 1),
        380_001,
      )
      .option('--live', 'one more run is in progress, and others follow it', false)
      .option('--script <file>', 'one more run begins now, in which happens what this JSON file says')
      .option(
        '--speed <times>',
        'how many times as fast runs in progress go',
        wholeNumberOption(1, 10_000),
        1,
      )
      .option('--per-lumisection', 'runs in progress have plots of single lumisections, too', false),
  ).action(async (options: SimulateOptions) => {
    await serve(await openSource(options), options, options.seed);
  });
  withServerOptions(
    program
      .command('replay-run')
      .description('Serve recorded snapshots of runs in progress as the DQM server did: they grow again')
      .argument('<file>', 'lines {at,run,lumisection,wheel,station,sector,matrix}, as record-run writes them')
      .option('--speed <times>', 'how many times as fast as recorded', wholeNumberOption(1, 10_000), 1),
  ).action(async (file: string, { dataset, speed, ...options }: ReplayOptions) => {
    refuseSpecialFile(file);
    const source = await readRecordedRuns(file, { dataset, speed });
    await serve(source, options).finally(() => source.close());
  });
  registerRecordRun(program);
}

function registerRecordRun(program: Command): void {
  program
    .command('record-run')
    .description('Write down a run in progress as the DQM server shows it, for replay-run')
    .argument('<run>', 'number of the run', wholeNumberOption(1, 2_147_483_647))
    .requiredOption('--out <file>', 'file to write; must not exist yet')
    .option('--every <seconds>', 'from one look to the next', wholeNumberOption(1, 3600), 60)
    .option('--quiet <minutes>', 'ends when nothing came for so long', wholeNumberOption(1, 1440), 15)
    .action(async (run: number, options: RecordOptions) => {
      await (await import('../recordRun.ts')).recordRun(run, options);
    });
}

function withServerOptions(command: Command): Command {
  return command
    .option('--port <port>', 'port to listen on; 0 takes a free one', wholeNumberOption(0, 65_535), 0)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--base-path <path>', 'where the DQM server begins', '/dqm/online')
    .addOption(
      new Option('--dialect <name>', 'which API to speak')
        .choices(['classic', 'new', 'both'])
        .default('both'),
    )
    .option('--dataset <name>', 'dataset of the runs', 'Global/Online/ALL')
    .option('--control', 'serve /control, which makes the server misbehave', false)
    .option('--rules <file>', 'JSON list of misbehaviour rules to begin with')
    .option('--tls-cert <file>', 'serve HTTPS with this certificate (PEM)')
    .option('--tls-key <file>', 'key of the certificate (PEM)')
    .option('--tls-passphrase-file <file>', 'file with the passphrase of the key')
    .option('--tls-client-ca <file>', 'admit only clients with a certificate signed by this CA (PEM)');
}

/** Serves until somebody ends it. */
async function serve(source: HistogramSource, options: ServerOptions, seed = 1): Promise<void> {
  const { port, host, basePath, dialect, control, rules } = options;
  const tls = serverTls(options);
  const simulator = await startSimulator({
    source,
    port,
    host,
    basePath,
    dialects: dialect === 'both' ? ['classic', 'new'] : [dialect],
    seed,
    control,
    rules: rules === undefined ? [] : await readJson('rules file', rules, checkRules),
    ...(tls ? { tls } : {}),
  });
  announce(simulator, options);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await simulator.close();
}

async function openSource(options: SimulateOptions): Promise<HistogramSource> {
  const { replay, live, script, runs, firstRun, speed, dataset, seed, perLumisection } = options;
  if (replay !== undefined) {
    if (live || script !== undefined)
      throw new Error('--replay serves runs that are over: leave out --live and --script');
    refuseSpecialFile(replay);
    return readReplay(replay, dataset);
  }
  const settings = { seed, runs, firstRun, dataset };
  if (script !== undefined) {
    const checked = await readJson('script of a run', script, checkRunScript);
    const now = Date.now();
    const before = new SimulatedDetector({ ...settings, end: now });
    const planned = { run: firstRun + runs, startedAt: now, script: checked };
    return new RunsInProgress({ ...settings, before, runs: [planned], speed, perLumisection });
  }
  return live
    ? demoRuns({ ...settings, speed, perLumisection })
    : new SimulatedDetector({ ...settings, end: Date.now() });
}

function serverTls({ tlsCert, tlsKey, tlsPassphraseFile, tlsClientCa }: ServerOptions) {
  if (tlsCert === undefined) {
    if (tlsKey ?? tlsPassphraseFile ?? tlsClientCa) throw new Error('--tls-* options need --tls-cert FILE');
    return undefined;
  }
  const {
    cert = '',
    key = '',
    passphrase,
    ca,
  } = readCertificate({
    cert: tlsCert,
    ...(tlsKey === undefined ? {} : { key: tlsKey }),
    ...(tlsPassphraseFile === undefined ? {} : { passphraseFile: tlsPassphraseFile }),
    ...(tlsClientCa === undefined ? {} : { ca: tlsClientCa }),
  });
  return {
    cert,
    key,
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(ca === undefined ? {} : { clientCa: ca }),
  };
}

async function readJson<Read>(what: string, file: string, check: (value: unknown) => Read): Promise<Read> {
  try {
    refuseSpecialFile(file);
    return check(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    throw new Error(`${what} ${file}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

function announce(simulator: Simulator, { control }: ServerOptions): void {
  const facts = { url: simulator.url, ...(control ? { control: simulator.controlUrl } : {}) };
  process.stdout.write(
    process.stdout.isTTY
      ? `DQM server at ${facts.url}${control ? `, control at ${simulator.controlUrl}` : ''}; Ctrl-C ends it\n`
      : `${JSON.stringify({ event: 'listening', ...facts })}\n`,
  );
}
