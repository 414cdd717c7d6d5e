import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { awsDomains } from '@cross-account-api/iam';
import { AsnConvert } from '@peculiar/asn1-schema';
import { GeneralName, GeneralSubtree, GeneralSubtrees, NameConstraints } from '@peculiar/asn1-x509';
import * as x509 from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY = 86_400_000;
const DAYS = 30;
/** The most certificates that are kept. */
const KEPT = 200;

/** The name in a host's certificate. All APIs of a region share a wildcard, as on AWS: `*.execute-api.us-east-1.amazonaws.com`. */
export function certificateName(hostname: string): string {
  return hostname.replace(/^[^.]+(?=\.execute-api\.[^.]+\.)/, '*');
}

/**
 * Makes a throw-away CA: an EC P-256 key that never leaves this process, and a certificate. Critical name constraints limit it to
 * hosts below `domains` and hosts that are added, so it cannot harm other traffic.
 * It has the extensions that OpenSSL's strict mode requires, which is the default in Python 3.13.
 */
export async function createCertificateAuthority(domains: readonly string[] = awsDomains) {
  const isBelow = (hostname: string) => domains.some((domain) => hostname.endsWith(`.${domain}`));
  const issuers = [{ ...(await createIssuer(domains)), covers: isBelow }];
  const issuerOf = (hostname: string) => issuers.find(({ covers }) => covers(hostname));
  return {
    /** The certificates that a client must trust, PEM. The keys stay in memory. */
    get certificatePem() {
      return issuers.map((issuer) => issuer.certificatePem).join('');
    },
    /** Makes a further CA, for one host outside AWS's domains, and adds its certificate to `certificatePem`. */
    async addHost(hostname: string) {
      if (issuerOf(hostname) !== undefined) return;
      issuers.push({ ...(await createIssuer([hostname])), covers: (host) => host === hostname });
    },
    /** The TLS context of a host (in lower case), made on first use and then kept. @throws RangeError for a host outside the domains */
    async secureContext(hostname: string) {
      const issuer = issuerOf(hostname);
      if (issuer !== undefined) return issuer.secureContext(hostname);
      const message = `No certificate for "${hostname}": this CA is limited to ${domains.join(', ')}. Pass its domain to createCertificateAuthority, or the host to addHost.`;
      throw new RangeError(message);
    },
  };
}

/** Issues the certificates with which local AWS answers for AWS's host names. */
export type CertificateAuthority = Awaited<ReturnType<typeof createCertificateAuthority>>;

async function createIssuer(domains: readonly string[]) {
  const validity = {
    notBefore: new Date(Date.now() - DAY),
    notAfter: new Date(Date.now() + DAYS * DAY),
    signingAlgorithm: ALGORITHM,
  };
  const [caKeys, leafKeys] = await Promise.all([generateKeys(), generateKeys()]);
  const issuerId = await x509.AuthorityKeyIdentifierExtension.create(caKeys.publicKey);
  // A unique name: a client that trusts two CAs must not confuse them.
  const name = `CN=local AWS throw-away CA ${randomSerial().slice(0, 8)}, O=local AWS`;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    serialNumber: randomSerial(),
    name,
    keys: caKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey),
      issuerId,
      nameConstraints(domains),
    ],
  });

  // One key for all leaves: they live in the same process, and end with it.
  const leafKeyPem = x509.PemConverter.encode(
    await webcrypto.subtle.exportKey('pkcs8', leafKeys.privateKey),
    'PRIVATE KEY',
  );
  const subjectId = await x509.SubjectKeyIdentifierExtension.create(leafKeys.publicKey);

  async function issue(host: string): Promise<SecureContext> {
    const leaf = await x509.X509CertificateGenerator.create({
      ...validity,
      serialNumber: randomSerial(),
      // Not the host: a common name ends at 64 characters, and clients read the alternative names.
      subject: 'CN=local AWS',
      issuer: name,
      publicKey: leafKeys.publicKey,
      signingKey: caKeys.privateKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: host }]),
        issuerId,
        subjectId,
      ],
    });
    return createSecureContext({ cert: leaf.toString('pem'), key: leafKeyPem, minVersion: 'TLSv1.2' });
  }

  const issued = new Map<string, Promise<SecureContext>>();
  return {
    certificatePem: `${certificate.toString('pem')}\n`,
    async secureContext(hostname: string): Promise<SecureContext> {
      const host = certificateName(hostname);
      const known = issued.get(host);
      if (known !== undefined) return known;
      if (issued.size >= KEPT) issued.clear();
      const context = issue(host);
      issued.set(host, context);
      // A failure must not be kept.
      context.catch(() => issued.delete(host));
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
function nameConstraints(domains: readonly string[]): x509.Extension {
  const subtree = (base: GeneralName) => new GeneralSubtree({ base });
  const constraints = new NameConstraints({
    permittedSubtrees: new GeneralSubtrees(domains.map((dNSName) => subtree(new GeneralName({ dNSName })))),
    // A kind of name without a constraint is unlimited, so all addresses are excluded.
    excludedSubtrees: new GeneralSubtrees(
      ['0.0.0.0/0', '::/0'].map((iPAddress) => subtree(new GeneralName({ iPAddress }))),
    ),
  });
  return new x509.Extension('2.5.29.30', true, AsnConvert.serialize(constraints));
}
