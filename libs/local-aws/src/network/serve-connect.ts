import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { admitConnect, malformed } from './admission.ts';
import type { ListenerContext } from './context.ts';
import { explainTlsFailure } from './refusals.ts';
import { ESTABLISHED, openTunnel } from './tunnel.ts';
import { writeRaw } from './write-response.ts';

/**
 * Answers a CONNECT request: refuses it, or opens the tunnel and hands its decrypted side to the server as another
 * connection.
 */
export async function serveConnect(
  context: ListenerContext,
  server: Server,
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
): Promise<void> {
  const { connections, report } = context;
  const decision = connections.isTunneled(socket)
    ? malformed('A CONNECT tunnel cannot hold another.')
    : admitConnect(request.url ?? '', context.port, context.isAwsHost);
  if (!decision.admitted) {
    report({ kind: decision.status === 403 ? 'refused' : 'malformed', message: decision.message });
    const headers = { 'Content-Type': 'text/plain', Date: context.date() };
    const reason = decision.status === 403 ? 'Refused: local AWS reaches AWS hosts only' : 'Bad Request';
    writeRaw(socket, decision.status, reason, headers, `${decision.message}\n`, context.limits.lingerMs);
    return;
  }
  if (decision.to === 'self') {
    connections.addLoop(socket);
    socket.write(ESTABLISHED);
    if (head.length > 0) socket.unshift(head);
    server.emit('connection', socket);
    return;
  }
  const { hostname } = decision;
  let failed = false;
  const secure = await openTunnel(socket, head, hostname, context.certificateAuthority, (error) => {
    failed = true;
    report({ kind: 'tls-failed', message: explainTlsFailure(hostname, error), error });
  });
  const tunnel = { hostname, below: socket, used: false };
  connections.addTunnel(secure, tunnel);
  // Emitted before the handshake, so that the timeout for headers holds for the handshake as well.
  server.emit('connection', secure);
  secure.once('close', () => {
    if (!tunnel.used && !failed && !context.isClosing()) {
      report({ kind: 'tls-failed', message: explainTlsFailure(hostname) });
    }
  });
}
