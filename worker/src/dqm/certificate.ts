import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { FileError, refuseSpecialFile } from '@dtdqm/detector/files';

/** PEM files, or PKCS#12. The key may stand in the certificate's file, as in grid proxies; in PKCS#12 it always does. */
export interface CertificateFiles {
  cert?: string;
  key?: string;
  /** File whose first line is the passphrase of the key, or of the PKCS#12 file. */
  passphraseFile?: string;
  /** Certificates to trust instead of the system's. */
  ca?: string;
}

export interface TlsMaterial {
  /** PKCS#12, in the place of `cert` and `key`. */
  pfx?: Buffer;
  cert?: string;
  key?: string;
  passphrase?: string;
  ca?: string;
}

export interface CertificateInfo {
  file: string;
  subject: string;
  issuer: string;
  validFrom: Date;
  validTo: Date;
  /** Whole days until it expires; negative afterwards. */
  daysLeft: number;
}

/** A fault in a certificate file; the message is one line that names the file and the fix. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
}

const dayMs = 86_400_000;

/**
 * Whose the certificate of a file is, the first of a PEM file, and how long it lasts.
 *
 * @throws {CertificateError} when the file cannot be read or holds no certificate.
 */
export function inspectCertificate(file: string, now = new Date(), passphraseFile?: string): CertificateInfo {
  const bytes = readBytes(file, 'certificate');
  if (isPkcs12(bytes)) return infoOf(file, openPkcs12(file, bytes, passphraseFile).certificate, now);
  const block = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/.exec(bytes.toString())?.[0];
  const advice = 'expected PEM, beginning with -----BEGIN CERTIFICATE-----, or PKCS#12 (.p12)';
  if (block === undefined)
    throw new CertificateError(`certificate file ${file} holds no certificate; ${advice}`);
  try {
    return infoOf(file, new X509Certificate(block), now);
  } catch (cause) {
    throw new CertificateError(`certificate file ${file} is damaged; ${advice}`, { cause });
  }
}

function infoOf(file: string, certificate: X509Certificate, now: Date): CertificateInfo {
  const validTo = new Date(certificate.validTo);
  return {
    file,
    subject: certificate.subject.replaceAll('\n', ', '),
    issuer: certificate.issuer.replaceAll('\n', ', '),
    validFrom: new Date(certificate.validFrom),
    validTo,
    daysLeft: Math.floor((validTo.getTime() - now.getTime()) / dayMs),
  };
}

/** PKCS#12 is a DER sequence; PEM is text. */
const isPkcs12 = (bytes: Buffer) => bytes[0] === 0x30;

/** @throws {CertificateError} that says what the file needs. */
function openPkcs12(file: string, pfx: Buffer, passphraseFile: string | undefined) {
  const passphrase = passphraseFile === undefined ? undefined : firstLineOf(passphraseFile);
  const material: TlsMaterial = passphrase === undefined ? { pfx } : { pfx, passphrase };
  try {
    const { context } = createSecureContext(material) as { context: { getCertificate(): Buffer | null } };
    const der = context.getCertificate();
    if (der === null) throw new Error('no certificate in it');
    return { material, certificate: new X509Certificate(der) };
  } catch (cause) {
    throw new CertificateError(whyNoPkcs12(String(cause), file, passphraseFile), { cause });
  }
}

function whyNoPkcs12(reason: string, file: string, passphraseFile: string | undefined): string {
  if (/mac verify|pkcs12 cipherfinal|bad decrypt|password/i.test(reason)) {
    return passphraseFile === undefined
      ? `certificate file ${file} is PKCS#12 with a passphrase; give the file that holds it (DQM_PASSPHRASE_FILE)`
      : `passphrase in ${passphraseFile} does not open certificate file ${file}; its first line must be the passphrase`;
  }
  if (/unsupported|unknown algorithm/i.test(reason)) {
    return `certificate file ${file} is encrypted as nobody may any more (RC2); write it anew by: openssl pkcs12 -legacy -in ${file} -nodes -out user.pem, and give user.pem`;
  }
  return `certificate file ${file} is no PKCS#12 that can be read, or damaged: ${reason.replace(/^Error: /, '')}`;
}

/**
 * Reads the files and proves that they fit together, so that a mistake shows at start and not at the first run.
 *
 * @throws {CertificateError} naming the file and the fix.
 */
export function readCertificate(files: CertificateFiles, now = new Date()): TlsMaterial {
  const material: TlsMaterial = {};
  if (files.ca !== undefined) {
    inspectCertificate(files.ca, now);
    material.ca = readText(files.ca, 'CA');
  }
  if (files.cert === undefined) {
    if (files.key !== undefined) {
      throw new CertificateError(`key file ${files.key} is of no use without a certificate file; give both`);
    }
    return material;
  }
  const info = inspectCertificate(files.cert, now, files.passphraseFile);
  if (info.validTo < now) {
    throw new CertificateError(
      `certificate file ${files.cert} expired on ${info.validTo.toISOString().slice(0, 10)}; replace it by a renewed one`,
    );
  }
  const bytes = readBytes(files.cert, 'certificate');
  if (isPkcs12(bytes)) {
    if (files.key !== undefined) {
      throw new CertificateError(
        `key file ${files.key} is of no use: certificate file ${files.cert} is PKCS#12 and holds its key`,
      );
    }
    return { ...material, ...openPkcs12(files.cert, bytes, files.passphraseFile).material };
  }
  const keyFile = files.key ?? files.cert;
  material.cert = readText(files.cert, 'certificate');
  material.key = readText(keyFile, 'key');
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(material.key)) {
    throw new CertificateError(`key file ${keyFile} holds no private key; expected PEM`);
  }
  if (files.passphraseFile === undefined && /BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED/.test(material.key)) {
    throw new CertificateError(`key file ${keyFile} is encrypted; give the file that holds its passphrase`);
  }
  if (files.passphraseFile !== undefined) {
    material.passphrase = firstLineOf(files.passphraseFile);
  }
  prove(material, files.cert, keyFile, files.passphraseFile);
  return material;
}

function prove(material: TlsMaterial, certFile: string, keyFile: string, passphraseFile?: string): void {
  try {
    createSecureContext(material);
  } catch (cause) {
    throw new CertificateError(whyRefused(String(cause), certFile, keyFile, passphraseFile), { cause });
  }
}

/** OpenSSL's words for these differ between versions, hence the search for several. */
function whyRefused(reason: string, certFile: string, keyFile: string, passphraseFile?: string): string {
  if (/mismatch/i.test(reason)) {
    return `key file ${keyFile} does not belong to certificate file ${certFile}; give the key that was made with it`;
  }
  if (
    passphraseFile !== undefined &&
    /decrypt|cipherfinal|password|pkcs12|wrong tag|asn1|maybe/i.test(reason)
  ) {
    return `passphrase in ${passphraseFile} does not open key file ${keyFile}; its first line must be the passphrase`;
  }
  return `certificate file ${certFile} with key file ${keyFile} is not usable: ${reason.replace(/^Error: /, '')}`;
}

const readText = (file: string, what: string) => readBytes(file, what).toString();

const firstLineOf = (file: string) => readText(file, 'passphrase').split(/\r?\n/, 1)[0] ?? '';

function readBytes(file: string, what: string): Buffer {
  try {
    refuseSpecialFile(file);
    return readFileSync(file);
  } catch (cause) {
    if (cause instanceof FileError) throw new CertificateError(`${what} file ${cause.message}`, { cause });
    const code = (cause as NodeJS.ErrnoException).code;
    const fix =
      code === 'ENOENT'
        ? 'does not exist; check the path'
        : code === 'EACCES'
          ? 'may not be read by this user; check its permissions'
          : `cannot be read (${code ?? String(cause)})`;
    throw new CertificateError(`${what} file ${file} ${fix}`, { cause });
  }
}
