import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { CertificateAuthority } from './certificate-authority.ts';

/** The answer to a CONNECT that is granted. */
export const ESTABLISHED = 'HTTP/1.1 200 Connection Established\r\n\r\n';

/**
 * Turns a connection into the TLS end of the tunnel that a client asked for with CONNECT.
 * @param head what the client sent after its CONNECT, if it did not wait for the answer
 * @param onFailure told, at most once, when TLS fails
 * @returns the decrypted side; the handshake is still to come
 */
export async function openTunnel(
  socket: Socket,
  head: Buffer,
  hostname: string,
  certificateAuthority: CertificateAuthority,
  onFailure: (error: Error) => void,
): Promise<TLSSocket> {
  const secureContext = await certificateAuthority.secureContext(hostname);
  socket.write(ESTABLISHED);
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
  let reported = false;
  const fail = (error: Error) => {
    if (!reported) onFailure(error);
    reported = true;
  };
  secure.once('secure', () => {
    established = true;
  });
  // Also after the handshake: in TLS 1.3 a client refuses the certificate when the server's side is done.
  secure.on('_tlsError', fail);
  secure.on('error', (error) => {
    if (!established) fail(error);
  });
  return secure;
}
