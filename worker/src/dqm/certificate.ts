import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { FileError, refuseSpecialFile } from '@dtdqm/detector/files';

/** PEM files. The key may stand in the certificate's file, as in grid proxies. */
export interface CertificateFiles {
  cert?: string;
  key?: string;
  /** File whose first line is the passphrase of the key. */
  passphraseFile?: string;
  /** Certificates to trust instead of the system's. */
  ca?: string;
}

export interface TlsMaterial {
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
 * Whose the first certificate of a PEM file is and how long it lasts.
 *
 * @throws {CertificateError} when the file cannot be read or holds no certificate.
 */
export function inspectCertificate(file: string, now = new Date()): CertificateInfo {
  const text = readText(file, 'certificate');
  const block = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/.exec(text)?.[0];
  const advice = 'expected PEM, beginning with -----BEGIN CERTIFICATE-----';
  if (block === undefined)
    throw new CertificateError(`certificate file ${file} holds no certificate; ${advice}`);
  try {
    const certificate = new X509Certificate(block);
    const validTo = new Date(certificate.validTo);
    return {
      file,
      subject: certificate.subject.replaceAll('\n', ', '),
      issuer: certificate.issuer.replaceAll('\n', ', '),
      validFrom: new Date(certificate.validFrom),
      validTo,
      daysLeft: Math.floor((validTo.getTime() - now.getTime()) / dayMs),
    };
  } catch (cause) {
    throw new CertificateError(`certificate file ${file} is damaged; ${advice}`, { cause });
  }
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
  const info = inspectCertificate(files.cert, now);
  if (info.validTo < now) {
    throw new CertificateError(
      `certificate file ${files.cert} expired on ${info.validTo.toISOString().slice(0, 10)}; replace it by a renewed one`,
    );
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
    material.passphrase = readText(files.passphraseFile, 'passphrase').split(/\r?\n/, 1)[0] ?? '';
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

function readText(file: string, what: string): string {
  try {
    refuseSpecialFile(file);
    return readFileSync(file, 'utf8');
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
