import type { Machine, SimulatedEnvironment } from './environment.ts';
import type { Fault, Kind, Link, NetworkEffect } from './plan.ts';

/** The answer of a service. */
export interface Reply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The end of the body: `broken` with an error, `held` never. */
  readonly end?: 'broken' | 'held';
}

/** A service that the network reaches. */
export interface Service {
  /** Answers a request, once. */
  serve(request: Sent, respond: (reply: Reply) => void): void;
  /** The answer of the service if it fails by itself. */
  refuse(
    effect: Extract<NetworkEffect, { type: 'fail' | 'throttle' | 'echo secrets' }>,
    request: Sent,
  ): Reply;
  /** Forgets the session of a request, if it knows sessions. */
  forget?(request: Sent): void;
}

/** An attribute value, as DynamoDB's JSON has it. */
export type Value = Readonly<Record<string, unknown>>;
/** An item of a table. */
export type Item = Readonly<Record<string, Value>>;

/** Watches one request. */
export interface Watch {
  /** Its environment has got an answer or an error. */
  settled(answer: Reply | Error): void;
  /** The table has stored an item, or deleted it. */
  stored(item: Item | undefined): void;
  /** The table has refused an item for its size. */
  refused(): void;
  /** The API has a number for it. */
  received(requestId: string): void;
}

/** A request on its way. */
export interface Sent {
  readonly link: Link;
  readonly kind: Kind;
  readonly from: SimulatedEnvironment;
  readonly method: string;
  readonly url: string;
  /** For people, e.g. `POST /messages 3`. */
  readonly shown: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Aborts when its sender gives it up. */
  readonly signal?: AbortSignal | undefined;
  readonly watch?: Watch | undefined;
}

const LATENCY_MS = { sts: 40, api: 8, table: 3 } as const;

/** Headers that no client should trust. */
const ODD_HEADERS: readonly Readonly<Record<string, string>>[] = [
  { date: 'Sat, 13 Sep 275760 00:00:00 GMT' },
  { date: 'Fri, 31 Dec 9999 23:59:59 GMT' },
  { date: 'Thu, 01 Jan 1970 00:00:00 GMT' },
  { date: 'yesterday', 'retry-after': '-1' },
  { 'retry-after': '1e9', 'x-amzn-requestid': 'x'.repeat(300) },
  { 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT', 'x-amzn-errortype': '::' },
  { 'content-type': 'text/html', 'x-amzn-errortype': 'ExpiredTokenException:' },
];

/** The time for which a fault may make calls fail: the longest time of a caller. */
const DISTURBED_MS = 20_000;

/** Carries requests and responses, and strikes some of them with faults. */
export class Network {
  readonly #machine: Machine;
  readonly #faults: readonly Fault[];
  readonly #start: number;
  readonly #services: Readonly<Record<Link, Service>>;
  readonly #random: () => number;
  readonly #disturbed: (forMs: number) => void;
  readonly #sent = new Map<Kind, number>();
  /** Whether faults are over. */
  quiet = false;
  /** The number of requests that faults struck. */
  struck = 0;

  constructor(
    machine: Machine,
    faults: readonly Fault[],
    services: Readonly<Record<Link, Service>>,
    random: () => number,
    disturbed: (forMs: number) => void,
  ) {
    this.#machine = machine;
    this.#faults = faults;
    this.#start = machine.time.now();
    this.#services = services;
    this.#random = random;
    this.#disturbed = disturbed;
  }

  /**
   * Sends a request at its environment's time.
   * @param settle gets the answer, in the environment
   */
  send(sent: Sent, settle: (answer: Reply | Error) => void): void {
    const { from, link, watch } = sent;
    from.step();
    const { time, trace } = this.#machine;
    time.at(from.now(), () => {
      // Code of a dead process may still run, but sends nothing.
      if (from.isDead) return;
      const effect = this.#nextEffect(sent);
      trace(from.name, `→ ${link} ${sent.shown}${effect === undefined ? '' : ` ⚡ ${describe(effect)}`}`);
      const latency = () => LATENCY_MS[link] * (0.5 + this.#random());
      const inHost = (ms: number, work: () => void) => time.at(time.now() + ms, work, from);
      const end = (result: Reply | Error) => {
        watch?.settled(result);
        settle(result);
      };
      const failing = (code: string, syscall: string) =>
        inHost(latency(), () => end(Object.assign(new Error(`${syscall} ${code}`), { code, syscall })));
      const arrive = (ms: number, respond: (reply: Reply) => void) =>
        time.at(time.now() + ms, () => this.#services[link].serve(sent, respond));
      const answer = (given: Reply, ms: number) => {
        inHost(ms, () => {
          trace(from.name, `← ${link} ${sent.shown}: ${given.status}`);
          end(given);
        });
      };
      const refuse = (effect: Parameters<Service['refuse']>[0], ms: number) =>
        answer(this.#services[link].refuse(effect, sent), ms);
      switch (effect?.type) {
        case 'refuse':
          return failing('ECONNREFUSED', 'connect');
        case 'lose request':
          return;
        case 'close before':
          return failing('ECONNRESET', 'read');
        case 'throttle':
        case 'echo secrets':
          return refuse(effect, 2 * latency());
        case 'fail':
          if (!effect.carriedOut) return refuse(effect, 2 * latency());
          break;
        case 'repeat':
          arrive(effect.ms + latency(), () => {});
          break;
        case 'forget session':
          this.#services[link].forget?.(sent);
          break;
      }
      arrive(latency() + (effect?.type === 'delay request' ? effect.ms : 0), (given) => {
        switch (effect?.type) {
          case 'lose response':
            return;
          case 'close after':
            return failing('ECONNRESET', 'read');
          case 'fail':
            return refuse(effect, latency());
          case 'delay response':
            return answer(given, effect.ms + latency());
          case 'hold body':
            return answer({ ...given, end: 'held' }, latency());
          case 'odd headers':
            return answer(
              {
                ...given,
                headers: { ...given.headers, ...ODD_HEADERS[effect.variant % ODD_HEADERS.length] },
              },
              latency(),
            );
          case 'cut':
            return answer(cut(given, effect.share), latency());
          default:
            return answer(given, latency());
        }
      });
    });
  }

  #nextEffect({ link, kind }: Sent): NetworkEffect | undefined {
    const nth = this.#sent.get(kind) ?? 0;
    this.#sent.set(kind, nth + 1);
    if (this.quiet) return undefined;
    const at = this.#machine.time.now() - this.#start;
    for (const fault of this.#faults) {
      if (fault.on === 'step' || fault.on === 'resume') continue;
      const strikes =
        fault.on === 'message'
          ? fault.kind === kind && nth >= fault.nth && nth < fault.nth + fault.times
          : fault.link === link && at >= fault.at && at < fault.at + fault.forMs;
      if (!strikes) continue;
      this.struck += 1;
      this.#disturbed('ms' in fault.effect ? DISTURBED_MS + fault.effect.ms : DISTURBED_MS);
      return fault.effect;
    }
    return undefined;
  }
}

/** A body that ends early. The part of a compressed body is sent as if it were complete. */
function cut(reply: Reply, share: number): Reply {
  // Without any byte, it would be an empty one.
  const body = reply.body.subarray(0, Math.max(1, Math.floor(reply.body.length * share)));
  return reply.headers['content-encoding'] === undefined
    ? { ...reply, body, end: 'broken' }
    : { ...reply, body };
}

/** A fault's effect, for people. */
function describe({ type, ...details }: NetworkEffect): string {
  return [type, ...Object.entries(details).map(([name, value]) => `${name} ${value}`)].join(', ');
}
