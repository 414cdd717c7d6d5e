import { isObject } from '../../../core/is-object.ts';
import { parseJson } from '../../../core/parse-json.ts';

/** What happens in an inspected process. */
export interface PauseListener {
  /** A debugger has paused the process, or lets it go on. The end of the process ends a pause, too. */
  held(isHeld: boolean): void;
  /** The process would exit, but waits until all debuggers have left. */
  waitsForDisconnect(): void;
}

/** Stops the timers of the process that is paused, before it goes on: a message through the pipe would come after them. */
const HOLD = 'globalThis[Symbol.for("local-aws.hold")]?.(true)';

/** Scripts come with their source maps. Nobody reads them here. */
const SCRIPT = '{"method":"Debugger.scriptParsed"';

/**
 * Watches when a debugger pauses a process, as a second client of its inspector.
 *
 * V8 keeps a process paused as long as one client takes part in pauses, and a client that does not take part is not told. So at each pause
 * this client leaves for a moment: V8 ends the pause if nobody else is there, and otherwise tells again of the pause when it comes back. From
 * then on it does not take part, so the pause ends with the other client.
 * @param url the address of the inspector's WebSocket, from the process's output
 * @returns a function that ends this
 * @see https://chromedevtools.github.io/devtools-protocol/v8/Debugger/
 */
export function watchPauses(url: string, listener: PauseListener): () => void {
  const socket = new WebSocket(url);
  let lastId = 0;
  /** The ID of the last command with which this client comes back, until V8 has answered it. */
  let comingBack: number | undefined;
  let isHeld = false;
  const send = (method: string, params: object = {}): number => {
    lastId += 1;
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ id: lastId, method, params }));
    return lastId;
  };
  const leaveAndComeBack = () => {
    send('Debugger.disable');
    comingBack = send('Debugger.enable');
  };
  const set = (held: boolean) => {
    if (held === isHeld) return;
    isHeld = held;
    listener.held(held);
  };
  socket.addEventListener('open', () => {
    send('Debugger.enable');
    send('NodeRuntime.enable');
    send('NodeRuntime.notifyWhenWaitingForDisconnect', { enabled: true });
  });
  socket.addEventListener('message', ({ data }) => {
    if (typeof data !== 'string' || data.startsWith(SCRIPT)) return;
    const message = parseJson(data);
    if (!isObject(message)) return;
    if (message.id !== undefined && message.id === comingBack) comingBack = undefined;
    switch (message.method) {
      case 'Debugger.paused':
        if (comingBack === undefined) return leaveAndComeBack();
        send('Debugger.setSkipAllPauses', { skip: true });
        send('Runtime.evaluate', { expression: HOLD, silent: true, disableBreaks: true });
        return set(true);
      case 'Debugger.resumed':
        set(false);
        return leaveAndComeBack();
      case 'NodeRuntime.waitingForDisconnect':
        socket.close();
        return listener.waitsForDisconnect();
    }
  });
  // The process has ended.
  socket.addEventListener('error', () => set(false));
  socket.addEventListener('close', () => set(false));
  return () => socket.close();
}
