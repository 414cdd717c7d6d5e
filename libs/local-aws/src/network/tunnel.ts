import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { CertificateAuthority } from './certificate-authority.ts';

/**
 * Turns a connection into the TLS end of the tunnel that a client asked for with CONNECT.
 * @param head what the client sent after its CONNECT, if it did not wait for the answer
 * @param onTlsError told when the handshake, or TLS after it, fails
 * @returns the decrypted side; the handshake is still to come
 */
export async function openTunnel(
  socket: Socket,
  head: Buffer,
  hostname: string,
  certificateAuthority: CertificateAuthority,
  onTlsError: (error: Error) => void,
): Promise<TLSSocket> {
  const secureContext = await certificateAuthority.secureContext(hostname);
  socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
  if (head.length > 0) socket.unshift(head);
  const secure = new TLSSocket(socket, {
    isServer: true,
    secureContext,
    ALPNProtocols: ['http/1.1'],
    SNICallback(servername, callback) {
      // Only the host that CONNECT named: another one would be answered under the wrong name.
      if (servername.toLowerCase() === hostname) callback(null, secureContext);
      else callback(new Error(`SNI names "${servername}", CONNECT named "${hostname}"`));
    },
  });
  let established = false;
  secure.once('secure', () => {
    established = true;
  });
  secure.on('_tlsError', onTlsError);
  secure.on('error', (error) => {
    if (!established) onTlsError(error);
  });
  return secure;
}

/** What a person can do about a TLS handshake that failed. */
export function explainTlsError(hostname: string, error: Error): string {
  return `TLS with the client for ${hostname} failed (${error.message}). A client that does not trust local AWS's certificate needs .local-aws/ca.pem: NODE_EXTRA_CA_CERTS, AWS_CA_BUNDLE, CURL_CA_BUNDLE or REQUESTS_CA_BUNDLE.`;
}
