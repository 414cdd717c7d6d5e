import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { AsnConvert } from '@peculiar/asn1-schema';
import { GeneralName, GeneralSubtree, GeneralSubtrees, NameConstraints } from '@peculiar/asn1-x509';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { AWS_DOMAINS } from './aws-hosts.ts';

/** Issues the certificates with which local AWS answers for AWS's host names. */
export interface CertificateAuthority {
  /** The CA's certificate, PEM: what a client must trust. Its key stays in this object, in memory. */
  readonly certificatePem: string;
  /** When the CA's certificate, and with it each certificate that it issues, ends. */
  readonly notAfter: Date;
  /**
   * What TLS needs to answer for a host, issued on first use and then kept.
   * @param hostname in lower case
   * @throws RangeError if the host is outside the CA's domains
   */
  secureContext(hostname: string): Promise<SecureContext>;
}

/** Settings of a {@link CertificateAuthority}. */
export interface CertificateAuthorityOptions {
  /** Domains that the CA is limited to, by X.509 name constraints. Default: {@link AWS_DOMAINS}. */
  readonly domains?: readonly string[];
  /** How long it is valid, in days. Default: 30, since it dies with the process and is worth nothing elsewhere. */
  readonly days?: number;
  /** How many certificates are kept. Default: 200. */
  readonly cacheSize?: number;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY = 86_400_000;
const EXECUTE_API = /^[^.]+(\.execute-api\.[^.]+\..+)$/;

/**
 * The names that a host's certificate is issued for. All REST APIs of a region share a wildcard, as on AWS, so
 * that a new API needs no new certificate.
 * @example certificateNames('abc.execute-api.us-east-1.amazonaws.com') // ['*.execute-api.us-east-1.amazonaws.com']
 */
export function certificateNames(hostname: string): readonly [string] {
  const parent = EXECUTE_API.exec(hostname)?.[1];
  return [parent === undefined ? hostname : `*${parent}`];
}

/**
 * Makes a throw-away CA: an EC P-256 key that never leaves this process, and a certificate that can only vouch
 * for hosts of AWS (critical name constraints; no IP addresses, no mail addresses). To trust it therefore cannot
 * harm other traffic, and a leaked certificate is worth nothing once the process has ended.
 *
 * The extensions are those that OpenSSL's strict mode asks for, which Python 3.13 has on by default.
 */
export async function createCertificateAuthority(
  options: CertificateAuthorityOptions = {},
): Promise<CertificateAuthority> {
  const domains = options.domains ?? AWS_DOMAINS;
  const cacheSize = options.cacheSize ?? 200;
  const notBefore = new Date(Date.now() - DAY);
  const notAfter = new Date(Date.now() + (options.days ?? 30) * DAY);

  const [caKeys, leafKeys] = await Promise.all([generateKeys(), generateKeys()]);
  // A name of its own, so that a client that trusts two of them does not take one for the other.
  const name = `CN=local AWS throw-away CA ${randomSerial().slice(0, 8)}, O=local AWS`;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: randomSerial(),
    name,
    notBefore,
    notAfter,
    keys: caKeys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(caKeys.publicKey),
      await AuthorityKeyIdentifierExtension.create(caKeys.publicKey),
      nameConstraints(domains),
    ],
  });
  const certificatePem = `${certificate.toString('pem')}\n`;

  // One key for all leaves: they live in the same process, and end with it.
  const leafKeyPem = PemConverter.encode(
    await webcrypto.subtle.exportKey('pkcs8', leafKeys.privateKey),
    'PRIVATE KEY',
  );
  const keyIdentifiers = [
    await AuthorityKeyIdentifierExtension.create(caKeys.publicKey),
    await SubjectKeyIdentifierExtension.create(leafKeys.publicKey),
  ];

  async function issue(names: readonly string[]): Promise<SecureContext> {
    const leaf = await X509CertificateGenerator.create({
      serialNumber: randomSerial(),
      // Not the host: a common name ends at 64 characters, and clients read the alternative names.
      subject: 'CN=local AWS',
      issuer: name,
      notBefore,
      notAfter,
      publicKey: leafKeys.publicKey,
      signingKey: caKeys.privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns', value }))),
        ...keyIdentifiers,
      ],
    });
    return createSecureContext({ cert: leaf.toString('pem'), key: leafKeyPem, minVersion: 'TLSv1.2' });
  }

  const issued = new Map<string, Promise<SecureContext>>();
  return {
    certificatePem,
    notAfter,
    async secureContext(hostname) {
      if (!domains.some((domain) => hostname.endsWith(`.${domain}`))) {
        throw new RangeError(
          `No certificate for "${hostname}": this CA is limited to ${domains.join(', ')}. Pass its domain to createCertificateAuthority.`,
        );
      }
      const names = certificateNames(hostname);
      const known = issued.get(names[0]);
      const context = known ?? issue(names);
      // One that failed must not be handed out for ever.
      if (known === undefined) context.catch(() => issued.delete(names[0]));
      // Deleted and set again: a Map keeps the order of insertion, so the first is the longest unused.
      issued.delete(names[0]);
      issued.set(names[0], context);
      if (known === undefined && issued.size > cacheSize) {
        const [oldest] = issued.keys();
        if (oldest !== undefined) issued.delete(oldest);
      }
      return context;
    },
  };
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

/** 16 random bytes in hexadecimal; the first bit is 0 and the first byte is not, as serial numbers are positive. */
function randomSerial(): string {
  const bytes = Buffer.from(webcrypto.getRandomValues(new Uint8Array(16)));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

/** RFC 5280, section 4.2.1.10. */
function nameConstraints(domains: readonly string[]): Extension {
  const subtree = (base: GeneralName) => new GeneralSubtree({ base });
  const constraints = new NameConstraints({
    permittedSubtrees: new GeneralSubtrees(domains.map((dNSName) => subtree(new GeneralName({ dNSName })))),
    // A kind of name that is not mentioned is unlimited; hence no address at all.
    excludedSubtrees: new GeneralSubtrees(
      ['0.0.0.0/0', '::/0'].map((iPAddress) => subtree(new GeneralName({ iPAddress }))),
    ),
  });
  return new Extension('2.5.29.30', true, AsnConvert.serialize(constraints));
}
