import { X509Certificate } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer, type SecureContext, connect as tlsConnect } from 'node:tls';
import { certificateName, createCertificateAuthority } from './certificate-authority.ts';

/** The certificate that a client sees if it trusts `ca` and connects to `servername`. */
async function handshake(context: SecureContext, ca: string, servername: string) {
  const server = createServer({ SNICallback: (_name, callback) => callback(null, context) });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const socket = tlsConnect({ port, host: '127.0.0.1', servername, ca });
  try {
    return await new Promise<X509Certificate>((resolve, reject) => {
      socket.on('error', reject);
      socket.on('secureConnect', () => resolve(socket.getPeerX509Certificate()!));
    });
  } finally {
    socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

describe('a certificate authority', () => {
  test('has a certificate of a CA that is current and short-lived', async () => {
    const authority = await createCertificateAuthority();
    const certificate = new X509Certificate(authority.certificatePem);
    expect(certificate.ca).toBe(true);
    expect(certificate.checkIssued(certificate)).toBe(true);
    expect(Date.parse(certificate.validFrom)).toBeLessThan(Date.now());
    const days = (Date.parse(certificate.validTo) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(29);
    expect(days).toBeLessThan(31);
  });

  test('never shows a private key', async () => {
    const authority = await createCertificateAuthority();
    expect(JSON.stringify(authority)).not.toContain('PRIVATE');
    expect(authority.certificatePem).toMatch(
      /^-----BEGIN CERTIFICATE-----\n[^-]+-----END CERTIFICATE-----\n$/,
    );
  });

  test.each([
    'sts.amazonaws.com',
    'abc.execute-api.us-east-1.amazonaws.com',
    'a.b.c.s3.us-east-1.amazonaws.com',
  ])('is accepted for %s by a client that trusts it', async (host) => {
    const authority = await createCertificateAuthority();
    const leaf = await handshake(await authority.secureContext(host), authority.certificatePem, host);
    expect(leaf.checkHost(host)).toBeDefined();
    expect(leaf.ca).toBe(false);
  });

  test('is not accepted by a client that trusts another one', async () => {
    const [authority, other] = await Promise.all([
      createCertificateAuthority(),
      createCertificateAuthority(),
    ]);
    const context = await authority.secureContext('sts.amazonaws.com');
    await expect(handshake(context, other.certificatePem, 'sts.amazonaws.com')).rejects.toThrow(
      /verify|self/,
    );
  });

  test('issues no certificate for a host outside its domains', async () => {
    const authority = await createCertificateAuthority();
    for (const host of ['example.com', 'evilamazonaws.com', 'amazonaws.com', '127.0.0.1']) {
      await expect(authority.secureContext(host)).rejects.toThrow(`No certificate for "${host}"`);
    }
  });

  test('is accepted for a host that was added, and for no other of its domain', async () => {
    const authority = await createCertificateAuthority();
    const before = authority.certificatePem;
    await Promise.all([authority.addHost('api.example.com'), authority.addHost('sts.amazonaws.com')]);
    await authority.addHost('api.example.com');
    const trusted = authority.certificatePem;
    expect(trusted.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    const context = await authority.secureContext('api.example.com');
    const leaf = await handshake(context, trusted, 'api.example.com');
    expect(leaf.checkHost('api.example.com')).toBeDefined();
    await expect(handshake(context, before, 'api.example.com')).rejects.toThrow(/verify|self/);
    await expect(authority.secureContext('www.api.example.com')).rejects.toThrow('No certificate for');
    // The old CA still vouches for AWS.
    await handshake(await authority.secureContext('sts.amazonaws.com'), trusted, 'sts.amazonaws.com');
  });

  test('is not accepted for another domain, even if it issues a certificate for it', async () => {
    // `.com` passes the check above, but the certificate of the CA is limited to `amazonaws.com`.
    const domains = ['amazonaws.com'];
    const authority = await createCertificateAuthority(domains);
    domains.push('com');
    const context = await authority.secureContext('bank.com');
    await expect(handshake(context, authority.certificatePem, 'bank.com')).rejects.toThrow(
      /permitted subtree/,
    );
  });

  test('keeps certificates, and shares them between the APIs of a region', async () => {
    const authority = await createCertificateAuthority();
    const first = await authority.secureContext('a.execute-api.us-east-1.amazonaws.com');
    expect(await authority.secureContext('b.execute-api.us-east-1.amazonaws.com')).toBe(first);
    expect(await authority.secureContext('sts.amazonaws.com')).not.toBe(first);
    expect(await authority.secureContext('a.execute-api.us-east-1.amazonaws.com')).toBe(first);
  });

  test('issues a certificate for all APIs of a region, or for one host', () => {
    expect(certificateName('abc.execute-api.eu-west-1.amazonaws.com')).toBe(
      '*.execute-api.eu-west-1.amazonaws.com',
    );
    expect(certificateName('execute-api.eu-west-1.amazonaws.com')).toBe(
      'execute-api.eu-west-1.amazonaws.com',
    );
  });
});
