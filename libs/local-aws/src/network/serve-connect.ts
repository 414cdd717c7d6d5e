import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { admitConnect, malformed, RequestRefused } from './admission.ts';
import { type ListenerContext, newConnection, type Tunnel } from './context.ts';
import { proxyUserOf } from './serve-request.ts';
import { writeRaw } from './write-response.ts';

/** Answers a CONNECT request. @param head the bytes that the client sent after it without waiting for the answer */
export async function serveConnect(
  context: ListenerContext,
  server: Server,
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
): Promise<void> {
  const connection = context.connections.get(socket);
  try {
    if (connection?.isTunneled) throw malformed('A CONNECT tunnel cannot hold another.');
    const target = admitConnect(request.url ?? '', context.port, context.isCustomDomain);
    const accept = () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      if (head.length > 0) socket.unshift(head);
    };
    if (target !== 'self') {
      const tunnel = { hostname: target.host, below: socket, proxyUser: proxyUserOf(request) };
      return await openTunnel(context, server, tunnel, accept);
    }
    if (connection !== undefined) connection.isTunneled = true;
    accept();
    server.emit('connection', socket);
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    const { status, message } = error;
    context.report(message);
    const reason = status === 403 ? 'Refused: local AWS reaches AWS hosts only' : 'Bad Request';
    writeRaw(context, socket, status, reason, { 'Content-Type': 'text/plain' }, `${message}\n`);
  }
}

/** Turns a connection into the TLS end of a tunnel, before its handshake. */
async function openTunnel(context: ListenerContext, server: Server, tunnel: Tunnel, accept: () => void) {
  const { hostname } = tunnel;
  const secureContext = await context.certificateAuthority.secureContext(hostname);
  accept();
  const secure = new TLSSocket(tunnel.below, {
    isServer: true,
    secureContext,
    ALPNProtocols: ['http/1.1'],
    SNICallback(servername, callback) {
      // Only the host that CONNECT named. Another host would get answers under the wrong name.
      if (servername.toLowerCase() === hostname) callback(null, secureContext);
      else callback(new Error(`SNI names "${servername}", CONNECT named "${hostname}"`));
    },
  });
  const connection = newConnection(tunnel);
  context.connections.set(secure, connection);

  let isEstablished = false;
  let isReported = false;
  const fail = (error?: Error) => {
    if (!isReported) context.report(explainTlsFailure(hostname, error), error);
    isReported = true;
  };
  secure.once('secure', () => {
    isEstablished = true;
  });
  // In TLS 1.3, a client refuses the certificate after the server has finished its handshake.
  secure.on('_tlsError', fail);
  secure.on('error', (error) => {
    if (!isEstablished) fail(error);
  });
  secure.once('close', () => {
    if (!connection.isUsed && !context.isClosing()) fail();
  });
  // Before the handshake, so the timeout for headers includes it.
  server.emit('connection', secure);
}

/** @param error absent if the client closed after the handshake, as Node's does when it does not trust the certificate */
function explainTlsFailure(hostname: string, error?: Error): string {
  const what =
    error === undefined
      ? `A client opened a TLS connection for ${hostname} and left without a request`
      : `TLS with a client for ${hostname} failed (${'reason' in error ? String(error.reason) : error.message})`;
  return `${what}. Most often it does not trust local AWS's certificate: give it .local-aws/ca.pem by NODE_EXTRA_CA_CERTS, AWS_CA_BUNDLE, CURL_CA_BUNDLE or REQUESTS_CA_BUNDLE.`;
}
