import { once } from 'node:events';
import { SourceMap, type SourceMapPayload } from 'node:module';

/** A place at which a process is paused. */
export interface Pause {
  /** The file of the source map, and the line in it, from 1. */
  readonly source: string;
  readonly line: number;
  /** Evaluates an expression in the paused function. */
  evaluate(expression: string): Promise<unknown>;
  /** Goes on to the next statement, which is another pause. */
  step(): Promise<void>;
  resume(): Promise<void>;
}

interface Answer {
  readonly result?: unknown;
  readonly error?: unknown;
}

const ENDED = 'The process has ended, or the debugger has left.';

interface Script {
  readonly scriptId: string;
  readonly url: string;
  readonly map: SourceMap;
  /** The length of each line of the code. */
  readonly lines: readonly number[];
}

/** A debugger as an editor is one: it knows the source maps of the scripts, and sets breakpoints in the sources. */
export type ScriptedDebugger = Awaited<ReturnType<typeof attachDebugger>>;

/**
 * Attaches to the inspector on a port of this machine.
 * @param options.staysAtExit whether it does not leave when the process exits. Editors leave
 */
export async function attachDebugger(port: number, { staysAtExit = false } = {}) {
  const list = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
    webSocketDebuggerUrl: string;
  }[];
  const socket = new WebSocket(list[0]?.webSocketDebuggerUrl ?? '');
  await once(socket, 'open');
  let lastId = 0;
  const answers = new Map<number, (message: Answer) => void>();
  // biome-ignore lint/suspicious/noExplicitAny: documents of the protocol
  const send = async (method: string, params: object = {}): Promise<any> => {
    if (socket.readyState !== WebSocket.OPEN) throw new Error(`${method}: ${ENDED}`);
    lastId += 1;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    answers.set(lastId, resolve);
    socket.send(JSON.stringify({ id: lastId, method, params }));
    const { result, error } = await Promise.race([promise, unanswered]);
    if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error)}`);
    return result;
  };
  const parsed: { scriptId: string; url: string; sourceMapURL: string }[] = [];
  const scripts = new Map<string, Script>();
  const pauses: object[] = [];
  let onPause: (() => void) | undefined;
  socket.addEventListener('message', ({ data }) => {
    const { id, method, params, ...answer } = JSON.parse(String(data));
    if (id !== undefined) answers.get(id)?.(answer);
    if (method === 'Debugger.scriptParsed') parsed.push(params);
    if (method === 'NodeRuntime.waitingForDisconnect' && !staysAtExit) socket.close();
    if (method !== 'Debugger.paused') return;
    pauses.push(params);
    onPause?.();
  });
  const closed = once(socket, 'close');
  // A command that was sent gets no answer from a process that has ended.
  const unanswered = closed.then(() => {
    throw new Error(ENDED);
  });
  unanswered.catch(() => {});
  await send('NodeRuntime.notifyWhenWaitingForDisconnect', { enabled: true });
  await send('Debugger.enable');

  async function readScripts(): Promise<void> {
    for (const { scriptId, url, sourceMapURL } of parsed.splice(0)) {
      const [, encoded] = /^data:application\/json;base64,(.*)$/.exec(sourceMapURL) ?? [];
      if (encoded === undefined) continue;
      const map = new SourceMap(JSON.parse(Buffer.from(encoded, 'base64').toString()) as SourceMapPayload);
      const { scriptSource } = await send('Debugger.getScriptSource', { scriptId });
      const lines = String(scriptSource)
        .split('\n')
        .map((line) => line.length);
      scripts.set(scriptId, { scriptId, url, map, lines });
    }
  }

  /** The first position in a script that comes from a line of a source. */
  function positionOf({ map, lines }: Script, file: string, line: number) {
    for (const [lineNumber, length] of lines.entries()) {
      // The last line has the map itself.
      for (let columnNumber = 0; columnNumber < Math.min(length, 2_000_000); columnNumber += 1) {
        const entry = map.findEntry(lineNumber, columnNumber);
        if (!('originalSource' in entry) || !entry.originalSource.endsWith(file)) continue;
        if (entry.originalLine === line - 1 && entry.generatedColumn === columnNumber) {
          return { lineNumber, columnNumber };
        }
      }
    }
    return undefined;
  }

  return {
    /** The URLs of the sources that the source maps name. */
    async sources(): Promise<readonly string[]> {
      await readScripts();
      return [...scripts.values()].flatMap(({ map }) => map.payload.sources);
    },
    /** Sets a breakpoint at a line of a source. @param file the end of its path @param line from 1 */
    async breakAt(file: string, line: number): Promise<void> {
      await readScripts();
      for (const script of scripts.values()) {
        const position = positionOf(script, file, line);
        if (position === undefined) continue;
        await send('Debugger.setBreakpoint', { location: { scriptId: script.scriptId, ...position } });
        return;
      }
      throw new Error(`No script has line ${line} of ${file}.`);
    },
    /** The next pause, which may have begun already. */
    async paused(): Promise<Pause> {
      if (pauses.length === 0) {
        const { promise, resolve } = Promise.withResolvers<void>();
        onPause = resolve;
        await Promise.race([promise, unanswered]);
      }
      // biome-ignore lint/suspicious/noExplicitAny: a document of the protocol
      const [frame] = (pauses.shift() as any).callFrames;
      const { scriptId, lineNumber, columnNumber } = frame.location;
      const entry = scripts.get(scriptId)?.map.findEntry(lineNumber, columnNumber);
      const isKnown = entry !== undefined && 'originalSource' in entry;
      return {
        source: isKnown ? entry.originalSource : frame.url,
        line: (isKnown ? entry.originalLine : lineNumber) + 1,
        async evaluate(expression) {
          const { result } = await send('Debugger.evaluateOnCallFrame', {
            callFrameId: frame.callFrameId,
            expression,
            returnByValue: true,
          });
          return result.value;
        },
        step: () => send('Debugger.stepOver'),
        // A function that goes on can end its process before the inspector answers.
        resume: () => Promise.race([send('Debugger.resume'), closed]).then(() => {}),
      };
    },
    send,
    /** Leaves, as an editor does. */
    async close(): Promise<void> {
      socket.close();
      await closed;
    },
    closed,
  };
}
