import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { refuseSpecialFile } from '@dtdqm/detector/files';
import { Option, type Command } from 'commander';
import { checkRules, startSimulator, type Dialect, type Rule, type Simulator } from '@dtdqm/simulator/server';
import { readReplay, SimulatedDetector, type HistogramSource } from '@dtdqm/simulator/sources';
import { readCertificate } from '../../dqm/certificate.ts';
import { wholeNumberOption } from '../commandLine.ts';

interface Options {
  port: number;
  host: string;
  basePath: string;
  dialect: Dialect | 'both';
  replay?: string;
  dataset: string;
  seed: number;
  runs: number;
  firstRun: number;
  control: boolean;
  rules?: string;
  tlsCert?: string;
  tlsKey?: string;
  tlsPassphraseFile?: string;
  tlsClientCa?: string;
}

export function register(program: Command): void {
  program
    .command('simulate')
    .description('Serve a simulated detector, or recorded chambers, as the DQM server does')
    .option('--port <port>', 'port to listen on; 0 takes a free one', wholeNumberOption(0, 65_535), 0)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--base-path <path>', 'where the DQM server begins', '/dqm/online')
    .addOption(
      new Option('--dialect <name>', 'which API to speak')
        .choices(['classic', 'new', 'both'])
        .default('both'),
    )
    .option('--replay <file>', 'serve recorded chambers: lines {run,wheel,station,sector,matrix}')
    .option('--dataset <name>', 'dataset of the runs', 'Global/Online/ALL')
    .option('--seed <number>', 'the same seed gives the same bytes', wholeNumberOption(0, 2 ** 31), 1)
    .option('--runs <count>', 'simulated runs to serve', wholeNumberOption(1, 10_000), 20)
    .option(
      '--first-run <run>',
      'number of the first simulated run',
      wholeNumberOption(1, 2 ** 31 - 1),
      380_001,
    )
    .option('--control', 'serve /control, which makes the server misbehave', false)
    .option('--rules <file>', 'JSON list of misbehaviour rules to begin with')
    .option('--tls-cert <file>', 'serve HTTPS with this certificate (PEM)')
    .option('--tls-key <file>', 'key of the certificate (PEM)')
    .option('--tls-passphrase-file <file>', 'file with the passphrase of the key')
    .option('--tls-client-ca <file>', 'admit only clients with a certificate signed by this CA (PEM)')
    .action(async (options: Options) => {
      const simulator = await start(options);
      announce(simulator, options);
      await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
      await simulator.close();
    });
}

async function start(options: Options): Promise<Simulator> {
  const { port, host, basePath, dialect, seed, control } = options;
  const tls = serverTls(options);
  return startSimulator({
    source: await openSource(options),
    port,
    host,
    basePath,
    dialects: dialect === 'both' ? ['classic', 'new'] : [dialect],
    seed,
    control,
    rules: options.rules === undefined ? [] : await readRules(options.rules),
    ...(tls ? { tls } : {}),
  });
}

async function openSource({ replay, dataset, seed, runs, firstRun }: Options): Promise<HistogramSource> {
  if (replay !== undefined) {
    refuseSpecialFile(replay);
    return readReplay(replay, dataset);
  }
  return new SimulatedDetector({ seed, runs, firstRun, dataset, end: Date.now() });
}

function serverTls({ tlsCert, tlsKey, tlsPassphraseFile, tlsClientCa }: Options) {
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

async function readRules(file: string): Promise<Rule[]> {
  try {
    refuseSpecialFile(file);
    return checkRules(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    throw new Error(`rules file ${file}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

function announce(simulator: Simulator, { control }: Options): void {
  const facts = { url: simulator.url, ...(control ? { control: simulator.controlUrl } : {}) };
  process.stdout.write(
    process.stdout.isTTY
      ? `DQM server at ${facts.url}${control ? `, control at ${simulator.controlUrl}` : ''}; Ctrl-C ends it\n`
      : `${JSON.stringify({ event: 'listening', ...facts })}\n`,
  );
}
