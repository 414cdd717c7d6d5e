import type { Reply, Sent, Service } from './network.ts';
import type { Stage } from './stage.ts';

/** Credentials, and the principal that they belong to. */
export interface Session {
  readonly principal: string;
  readonly expiresAt: number;
}

/** No message and no log may contain it. Each secret begins with it. */
export const SECRET = 'SeCrEtOfThEsImUlAtOr';

/** The role that a caller assumes. */
export const invokeRole = (caller: string) => `arn:aws:iam::111111111111:role/invoke.${caller}`;

/** STS, and the facts about its sessions that other services need. */
export class Sts implements Service {
  readonly #now: () => number;
  readonly #stage: Stage;
  readonly #sessions = new Map<string, Session>();
  #count = 0;
  #functions = 0;

  /** @param now the true time */
  constructor(now: () => number, stage: Stage) {
    this.#now = now;
    this.#stage = stage;
  }

  /** Makes the credentials that Lambda gives to a function: the variables of its environments. */
  credentialsOf(caller: string, environment: string) {
    const accessKeyId = `ASIAFUNCTION${String(this.#functions).padStart(8, '0')}`;
    this.#functions += 1;
    const principal = `arn:aws:sts::222222222222:assumed-role/${caller}/${environment}`;
    this.#sessions.set(accessKeyId, { principal, expiresAt: Number.POSITIVE_INFINITY });
    return {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: `${SECRET}/own${accessKeyId}`,
      AWS_SESSION_TOKEN: `${SECRET}/token${accessKeyId}`,
    };
  }

  /** The session of a signed request. */
  sessionOf({ headers }: Pick<Sent, 'headers'>): Session | undefined {
    return this.#sessions.get(accessKeyOf(headers));
  }

  forget({ headers }: Sent): void {
    const id = accessKeyOf(headers);
    if (id.startsWith('ASIASIMULATED')) this.#sessions.delete(id);
  }

  serve(request: Sent, respond: (reply: Reply) => void): void {
    respond(this.#assumeRole(request));
  }

  #assumeRole(request: Sent): Reply {
    const parameters = new URLSearchParams(request.body);
    const skew = skewOf(request, this.#now());
    if (skew !== undefined) return this.#error(403, 'SignatureDoesNotMatch', skew);
    const caller = /assumed-role\/([^/]+)/.exec(this.sessionOf(request)?.principal ?? '')?.[1] ?? '';
    const { externalIds, accessModes } = this.#stage.admitted;
    const trusts =
      parameters.get('RoleArn') === invokeRole(caller) &&
      externalIds.has(parameters.get('ExternalId') ?? '') &&
      accessModes.has('assume-role');
    if (!trusts) return this.#error(403, 'AccessDenied', `User: ${caller} is not authorized`);
    this.#count += 1;
    const id = `ASIASIMULATED${String(this.#count).padStart(7, '0')}`;
    const expiresAt = this.#now() + Number(parameters.get('DurationSeconds')) * 1_000;
    const session = parameters.get('RoleSessionName') ?? '';
    const principal = `arn:aws:sts::111111111111:assumed-role/invoke.${caller}/${session}`;
    this.#sessions.set(id, { principal, expiresAt });
    return this.#reply(
      200,
      `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>${id}</AccessKeyId><SecretAccessKey>${SECRET}/key${id}</SecretAccessKey><SessionToken>${SECRET}/token${id}</SessionToken><Expiration>${new Date(expiresAt).toISOString()}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
    );
  }

  refuse(effect: Parameters<Service['refuse']>[0], { headers }: Sent): Reply {
    if (effect.type === 'throttle') return this.#error(400, 'Throttling', 'Rate exceeded');
    if (effect.type === 'fail') return this.#error(effect.status, 'InternalFailure', 'failed');
    const { authorization, 'x-amz-security-token': token } = headers;
    return this.#error(400, 'ValidationError', `You sent ${authorization} and ${token}`);
  }

  #error(status: number, code: string, message: string): Reply {
    return this.#reply(
      status,
      `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
    );
  }

  #reply(status: number, xml: string): Reply {
    const headers = { 'content-type': 'text/xml', date: new Date(this.#now()).toUTCString() };
    return { status, headers, body: Buffer.from(xml) };
  }
}

const accessKeyOf = (headers: Sent['headers']) =>
  /Credential=(\w+)/.exec(headers.authorization ?? '')?.[1] ?? '';

/** AWS accepts signatures of the last and the next five minutes (STS: fifteen, which makes no difference here). */
const MAX_SKEW_MS = 300_000;

/** When a request was signed, by the signer's clock: `20260101T120000Z`. */
export function signedAt({ headers }: Pick<Sent, 'headers'>): number {
  const text = headers['x-amz-date'] ?? '';
  const part = (from: number, length = 2) => Number(text.slice(from, from + length));
  return Date.UTC(part(0, 4), part(4) - 1, part(6), part(9), part(11), part(13));
}

/** AWS's message for a signature whose time is too far off. */
export function skewOf(request: Pick<Sent, 'headers'>, now: number): string | undefined {
  const ahead = signedAt(request) - now;
  if (Math.abs(ahead) <= MAX_SKEW_MS) return undefined;
  const times = `${request.headers['x-amz-date']} is ${ahead > 0 ? 'later' : 'earlier'} than allowed`;
  return ahead > 0 ? `Signature not yet current: ${times}` : `Signature expired: ${times}`;
}
