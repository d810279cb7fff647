import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import forge from 'node-forge';

export interface Certified {
  cert: string;
  key: string;
}

interface Wanted {
  name: string;
  /** Days from now; a negative number makes an expired certificate. */
  days?: number;
}

/** A certificate authority that lives as long as the test. */
export class Authority implements Certified {
  readonly cert: string;
  readonly key: string;
  #serial = 1;

  constructor(name: string) {
    const made = issue({ name }, undefined, 1);
    this.cert = made.cert;
    this.key = made.key;
  }

  issue(wanted: Wanted): Certified {
    this.#serial += 1;
    return issue(wanted, this, this.#serial);
  }
}

function issue({ name, days = 30 }: Wanted, authority: Certified | undefined, serial: number): Certified {
  // Node makes keys a hundred times faster than JavaScript does.
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(pair.publicKey);
  certificate.serialNumber = String(serial).padStart(2, '0');
  const dayMs = 86_400_000;
  certificate.validity.notBefore = new Date(Date.now() - 10 * dayMs);
  certificate.validity.notAfter = new Date(Date.now() + days * dayMs);
  const attributes = [{ name: 'commonName', value: name }];
  certificate.setSubject(attributes);
  certificate.setIssuer(
    authority ? forge.pki.certificateFromPem(authority.cert).subject.attributes : attributes,
  );
  certificate.setExtensions([
    { name: 'basicConstraints', cA: authority === undefined },
    {
      name: 'subjectAltName',
      altNames: [
        { type: 7, ip: '127.0.0.1' },
        { type: 2, value: name },
      ],
    },
  ]);
  const signer = forge.pki.privateKeyFromPem(authority?.key ?? pair.privateKey);
  certificate.sign(signer, forge.md.sha256.create());
  return { cert: forge.pki.certificateToPem(certificate), key: pair.privateKey };
}

export function encrypted(key: string, passphrase: string): string {
  return createPrivateKey(key)
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase })
    .toString();
}

/** Certificate, key and authority in one file, as certificate authorities of the field hand them out. */
export function inPkcs12({ cert, key }: Certified, authority: Certified, passphrase: string): Buffer {
  const certificates = [cert, authority.cert].map((pem) => forge.pki.certificateFromPem(pem));
  const made = forge.pkcs12.toPkcs12Asn1(forge.pki.privateKeyFromPem(key), certificates, passphrase);
  return Buffer.from(forge.asn1.toDer(made).getBytes(), 'binary');
}
