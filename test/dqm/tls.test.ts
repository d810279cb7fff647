import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CertificateError, inspectCertificate, readCertificate } from '@dtdqm/worker/dqm/certificate';
import { Authority, encrypted, inPkcs12 } from './certificates.ts';
import { clientOf, faultOf, listed, rig, run } from './rig.ts';
import { toyMatrix } from './toyDetector.ts';

const chamber = { wheel: 1, station: 2, sector: 7 } as const;
const folder = mkdtempSync(join(tmpdir(), 'tls-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const authority = new Authority('Grid CA');
const stranger = new Authority('Another CA');
const server = authority.issue({ name: 'dqm server' });
const user = authority.issue({ name: 'dt monitor', days: 40 });
const ca = file('ca.pem', authority.cert);
const cert = file('user.pem', user.cert);
const key = file('user.key', user.key);
const lockedKey = file('locked.key', encrypted(user.key, 'open sesame'));
const passphraseFile = file('passphrase', 'open sesame\n');
const wrongPassphrase = file('wrong', 'open wheat\n');
const p12 = file('user.p12', inPkcs12(user, authority, 'open sesame'));
const tls = { ...server, clientCa: authority.cert };

describe('a server that wants a client certificate', () => {
  it.each([
    ['a plain key', { ca, cert, key }],
    ['an encrypted key', { ca, cert, key: lockedKey, passphraseFile }],
    ['PKCS#12', { ca, cert: p12, passphraseFile }],
    ['PKCS#12 without a passphrase', { ca, cert: file('bare.p12', inPkcs12(user, authority, '')) }],
    ['certificate and key in one file', { ca, cert: file('proxy.pem', user.cert + user.key) }],
  ])('admits us with %s', async (_, certificate) => {
    const { client } = await rig([], { certificate }, { tls });
    expect((await client.listRuns({ dataset: listed.dataset })).runs).toEqual([listed]);
    expect(await client.fetchChamber(listed, chamber)).toEqual(toyMatrix(run, chamber));
  });

  it('refuses us without one, and the reason says so', async () => {
    const { simulator } = await rig([], { certificate: { ca } }, { tls });
    const fault = await faultOf(
      clientOf(simulator.url, { certificate: { ca } }).fetchChamber(listed, chamber),
    );
    expect(fault.code).toBe('refused-certificate');
    expect(fault.message).toMatch(/did not accept our client certificate, or wants one$/);
  });

  it('refuses one that it does not trust', async () => {
    const foreign = stranger.issue({ name: 'somebody' });
    const certificate = {
      ca,
      cert: file('foreign.pem', foreign.cert),
      key: file('foreign.key', foreign.key),
    };
    const { client } = await rig([], { certificate }, { tls });
    expect(await faultOf(client.fetchChamber(listed, chamber))).toMatchObject({
      code: 'refused-certificate',
    });
  });
});

describe('a server that we should not trust', () => {
  it.each([
    ['has a certificate of an unknown authority', {}, server, /is not trusted; give its CA file/],
    ['has an expired certificate', { ca }, authority.issue({ name: 'old', days: -1 }), /is not valid today/],
  ])('%s', async (_, certificate, served, reason) => {
    const { simulator, client } = await rig([], { certificate }, { tls: served });
    const fault = await faultOf(client.fetchChamber(listed, chamber));
    expect(fault.code).toBe('refused-certificate');
    expect(fault.message).toMatch(reason);
    expect(simulator.requests().total).toBe(0);
  });

  it('speaks no TLS at all', async () => {
    const { simulator } = await rig();
    const client = clientOf(simulator.url.replace('http:', 'https:'));
    expect((await faultOf(client.fetchChamber(listed, chamber))).message).toMatch(/does not speak TLS/);
  });
});

describe('certificate files', () => {
  const missing = join(folder, 'missing.pem');
  const otherKey = file('other.key', stranger.key);
  const expired = authority.issue({ name: 'expired', days: -1 });
  const noPem = file('no.pem', 'certainly not');
  const damaged = file('damaged.pem', user.cert.replace(/\n[A-Za-z0-9+/]{20}/, '\nAAAAAAAAAAAAAAAAAAAA'));
  it.each([
    ['a missing certificate', { cert: missing, key }, [missing, 'does not exist; check the path']],
    ['a missing key', { cert, key: missing }, [missing, 'key file']],
    ['a missing CA', { ca: missing }, [missing, 'certificate file']],
    [
      'a missing passphrase file',
      { cert, key: lockedKey, passphraseFile: missing },
      [missing, 'passphrase file'],
    ],
    ['no PEM', { cert: noPem, key }, [noPem, 'expected PEM']],
    ['a damaged certificate', { cert: damaged, key }, [damaged, 'damaged']],
    ['a certificate as key', { cert, key: cert }, [cert, 'holds no private key']],
    ['a key of another certificate', { cert, key: otherKey }, [otherKey, 'does not belong to', cert]],
    [
      'no passphrase',
      { cert, key: lockedKey },
      [lockedKey, 'is encrypted; give the file that holds its passphrase'],
    ],
    [
      'a wrong passphrase',
      { cert, key: lockedKey, passphraseFile: wrongPassphrase },
      [wrongPassphrase, lockedKey, 'does not open'],
    ],
    ['PKCS#12 and no passphrase', { cert: p12 }, [p12, 'PKCS#12 with a passphrase', 'DQM_PASSPHRASE_FILE']],
    [
      'PKCS#12 and a wrong one',
      { cert: p12, passphraseFile: wrongPassphrase },
      [wrongPassphrase, 'does not open', p12],
    ],
    ['PKCS#12 and a key', { cert: p12, key, passphraseFile }, [key, 'is of no use', p12]],
    [
      'PKCS#12 that was cut',
      { cert: file('cut.p12', readFileSync(p12).subarray(0, 900)), passphraseFile },
      ['cut.p12', 'damaged'],
    ],
    [
      'PKCS#12 that expired',
      { cert: file('old.p12', inPkcs12(authority.issue({ name: 'old', days: -1 }), authority, '')) },
      ['old.p12', 'expired on'],
    ],
    ['a key without certificate', { key }, [key, 'without a certificate']],
    [
      'an expired certificate',
      { cert: file('expired.pem', expired.cert), key: file('expired.key', expired.key) },
      ['expired.pem', 'expired on', 'replace it'],
    ],
  ])('are refused at once with one line: %s', (_, certificate, words) => {
    const create = () => clientOf('https://localhost', { certificate });
    expect(create).toThrow(CertificateError);
    for (const word of words) expect(create).toThrow(word);
    expect(create).toThrow(/^[^\n]+$/);
    expect(create).not.toThrow(/sesame|wheat/);
  });

  it('in PKCS#12 of old are refused with what to do', (context) => {
    const old = join(folder, 'legacy.p12');
    const made = spawnSync('openssl', [
      'pkcs12',
      '-export',
      '-legacy',
      '-in',
      join(folder, 'proxy.pem'),
      '-out',
      old,
      '-passout',
      'pass:open sesame',
    ]);
    if (made.status !== 0) return context.skip('needs openssl 3');
    const create = () => clientOf('https://localhost', { certificate: { cert: old, passphraseFile } });
    expect(create).toThrow(`openssl pkcs12 -legacy -in ${old} -nodes -out user.pem, and give user.pem`);
  });

  it('tell whose they are and how long they last', () => {
    expect(inspectCertificate(p12, new Date(), passphraseFile)).toMatchObject({
      subject: 'CN=dt monitor',
      daysLeft: 39,
    });
    expect(inspectCertificate(cert)).toMatchObject({
      subject: 'CN=dt monitor',
      issuer: 'CN=Grid CA',
      daysLeft: 39,
    });
  });

  it('may be absent', () => {
    expect(readCertificate({})).toEqual({});
  });
});
