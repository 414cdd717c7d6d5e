import { watchPauses } from './watch-pauses.ts';

/**
 * V8 with one client and, beside it, an editor that pauses the process and lets it go on. As V8 does, it tells a client of a pause
 * when the client comes, and not while the client skips pauses.
 */
class Inspector extends EventTarget {
  static readonly OPEN = 1;
  static current: Inspector;
  readonly readyState = Inspector.OPEN;
  #isPaused = false;
  #isEnabled = false;
  #skips = false;
  readonly #commands: { id: number; method: string; params: { skip?: boolean } }[] = [];

  constructor() {
    super();
    Inspector.current = this;
    queueMicrotask(() => this.dispatchEvent(new Event('open')));
  }

  send(text: string): void {
    this.#commands.push(JSON.parse(text));
  }

  close(): void {}

  /** Executes the commands that have come so far. */
  answer(): void {
    for (const { id, method, params } of this.#commands.splice(0)) {
      if (method === 'Debugger.disable') [this.#isEnabled, this.#skips] = [false, false];
      if (method === 'Debugger.enable') {
        this.#isEnabled = true;
        if (this.#isPaused) this.#tell({ method: 'Debugger.paused' });
      }
      if (method === 'Debugger.setSkipAllPauses') this.#skips = params.skip === true;
      this.#tell({ id, result: {} });
    }
  }

  /** Answers until the client sends no more. */
  settle(): void {
    while (this.#commands.length > 0) this.answer();
  }

  pause(): void {
    this.#isPaused = true;
    if (this.#isEnabled && !this.#skips) this.#tell({ method: 'Debugger.paused' });
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#isEnabled) this.#tell({ method: 'Debugger.resumed' });
  }

  #tell(message: object): void {
    this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(message) }));
  }
}

describe('of the pauses that an editor makes,', () => {
  const real = globalThis.WebSocket;
  beforeEach(() => {
    globalThis.WebSocket = Inspector as never;
  });
  afterEach(() => {
    globalThis.WebSocket = real;
  });

  async function watched() {
    const held: boolean[] = [];
    watchPauses('ws://127.0.0.1/', {
      held(isHeld) {
        held.push(isHeld);
        return isHeld;
      },
      waitsForDisconnect() {},
    });
    await Promise.resolve();
    const v8 = Inspector.current;
    v8.settle();
    return { v8, held };
  }

  test('each is seen, and its end', async () => {
    const { v8, held } = await watched();
    for (let pause = 1; pause <= 3; pause += 1) {
      v8.pause();
      v8.settle();
      expect(held).toHaveLength(2 * pause - 1);
      v8.resume();
      v8.settle();
    }
    expect(held).toEqual([true, false, true, false, true, false]);
  });

  test('the one after a pause that ended before it was looked at is seen', async () => {
    const { v8, held } = await watched();
    v8.pause();
    v8.resume();
    v8.settle();
    expect(held).toEqual([]);
    v8.pause();
    v8.settle();
    expect(held).toEqual([true]);
  });

  test('one that begins right after another is seen until its end', async () => {
    const { v8, held } = await watched();
    v8.pause();
    v8.settle();
    v8.resume();
    v8.pause();
    v8.settle();
    expect(held.at(-1)).toBe(true);
    v8.resume();
    v8.settle();
    expect(held.at(-1)).toBe(false);
  });
});
