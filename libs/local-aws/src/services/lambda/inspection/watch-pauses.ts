import { isObject } from '../../../core/is-object.ts';
import { parseJson } from '../../../core/parse-json.ts';

/** What happens in an inspected process. */
export interface PauseListener {
  /**
   * A debugger has paused the process, or lets it go on. The end of the process ends a pause, too.
   * @returns whether this process or another is paused now
   */
  held(isHeld: boolean): boolean;
  /** The process would exit, but waits until all debuggers have left. */
  waitsForDisconnect(): void;
}

/** A reunion with V8, after which it is known whether the process is paused. */
interface Return {
  /** `join`: V8 tells of each pause from now on. `stand-aside`: it does not keep the process paused for this client, and tells of no pause. */
  readonly then: 'join' | 'stand-aside';
  readonly leaving: number;
  readonly coming: number;
  /** V8 tells of a pause to a client that comes. */
  isPaused: boolean;
}

/** Scripts come with their source maps. Nobody reads them here. */
const SCRIPT = '{"method":"Debugger.scriptParsed"';

/**
 * Watches when a debugger pauses a process, as a second client of its inspector.
 *
 * V8 keeps a process paused as long as one client takes part in pauses, and a client that does not take part is not told of them. So this
 * client takes part until it is told. Then it leaves: if nobody else is there, as at a statement `debugger`, V8 ends the pause. It comes
 * back and stands aside, so the pause ends with the other client. When the process goes on, it takes part again. Another client may let the
 * process go on at any time, so each return begins with leaving: after it, V8 tells whether the process is paused.
 * @param url the address of the inspector's WebSocket, from the process's output
 * @returns a function that ends this
 * @see https://chromedevtools.github.io/devtools-protocol/v8/Debugger/
 */
export function watchPauses(url: string, listener: PauseListener): () => void {
  const socket = new WebSocket(url);
  let lastId = 0;
  let isHeld = false;
  /** The returns that V8 has not confirmed, in their order. */
  const returns: Return[] = [];
  /** The return during which V8 answers now. */
  let current: Return | undefined;

  const send = (method: string, params: object = {}): number => {
    lastId += 1;
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ id: lastId, method, params }));
    return lastId;
  };
  /** Sends all commands at once: nothing may happen between coming and standing aside. */
  const comeBack = (then: Return['then']) => {
    const leaving = send('Debugger.disable');
    const coming = send('Debugger.enable');
    if (then === 'stand-aside') send('Debugger.setSkipAllPauses', { skip: true });
    returns.push({ then, leaving, coming, isPaused: false });
  };
  const set = (held: boolean) => {
    if (held === isHeld) return;
    isHeld = held;
    const isAnyHeld = listener.held(held);
    // Its timers must stand still before it goes on. A message through its pipe would come after them.
    const expression = `globalThis[Symbol.for("local-aws.hold")]?.(${isAnyHeld})`;
    send('Runtime.evaluate', { expression, silent: true, disableBreaks: true });
  };
  const hasReturned = ({ then, isPaused }: Return) => {
    // A later return knows better.
    if (returns.length > 0) return;
    if (then === 'join' && isPaused) return comeBack('stand-aside');
    set(isPaused);
    if (then === 'stand-aside' && !isPaused) comeBack('join');
  };
  const answered = (id: unknown) => {
    const [next] = returns;
    if (id === next?.leaving) current = next;
    if (next === undefined || id !== next.coming) return;
    current = undefined;
    returns.shift();
    hasReturned(next);
  };

  socket.addEventListener('open', () => {
    comeBack('join');
    send('NodeRuntime.enable');
    send('NodeRuntime.notifyWhenWaitingForDisconnect', { enabled: true });
  });
  socket.addEventListener('message', ({ data }) => {
    if (typeof data !== 'string' || data.startsWith(SCRIPT)) return;
    const message = parseJson(data);
    if (!isObject(message)) return;
    switch (message.method) {
      case undefined:
        return answered(message.id);
      case 'Debugger.paused':
        if (current !== undefined) current.isPaused = true;
        else if (returns.length === 0) comeBack('stand-aside');
        return;
      case 'Debugger.resumed':
        if (current !== undefined) current.isPaused = false;
        else if (returns.length === 0) {
          set(false);
          comeBack('join');
        }
        return;
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
