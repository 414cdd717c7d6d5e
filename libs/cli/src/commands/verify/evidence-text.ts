import type { StackEvent } from '@aws-sdk/client-cloudformation';
import { anonymize } from './anonymize.ts';

/** A change of a resource that failed. */
export interface FailedEvent {
  /** @example 'AWS::S3::Bucket' */
  readonly type: string;
  /** @example 'CREATE_FAILED' */
  readonly status: string;
  /** The IAM action that was denied, if the reason names one. */
  readonly action?: string;
  /** The reason in AWS's words. Everything else is `…`. */
  readonly reason: string;
}

/** A line of an access log, without IDs and names. */
export interface AccessLogLine {
  /** Its members, or the text of a line that is no JSON object. */
  readonly line: Readonly<Record<string, string>> | string;
  /** Whether the line has the session token of the request. */
  readonly token: 'present' | 'absent' | 'the request had none';
}

/** What a report says of an event, if it is a failure. Types of custom resources are names of the owner. */
export function failedEvent({
  ResourceType = '',
  ResourceStatus,
  ResourceStatusReason = '',
}: StackEvent): readonly FailedEvent[] {
  if (ResourceStatus === undefined || !/^[A-Z_]+_FAILED$/.test(ResourceStatus)) return [];
  const action = /is not authorized to perform:? ([a-z0-9-]+:[A-Za-z]+)/.exec(ResourceStatusReason)?.[1];
  return [
    {
      type: /^AWS::\w+::\w+$/.test(ResourceType) ? ResourceType : '…',
      status: ResourceStatus,
      ...(action !== undefined && { action }),
      reason: anonymize(ResourceStatusReason),
    },
  ];
}

/** An operation that begins later than this after the previous one has ended belongs to another deployment. */
const SAME_DEPLOYMENT_MS = 60_000;

/**
 * The operations on a stack of which its last deployment consisted, oldest first.
 * @param events of the stack, newest first
 */
export function operationsOfLastDeployment(events: readonly StackEvent[]): readonly string[] {
  const operations: string[] = [];
  let begun = Number.POSITIVE_INFINITY;
  for (const { ResourceStatus, Timestamp, StackId, PhysicalResourceId } of events) {
    if (StackId === undefined || PhysicalResourceId !== StackId || Timestamp === undefined) continue;
    const [, operation] = /^(CREATE|UPDATE)_IN_PROGRESS$/.exec(ResourceStatus ?? '') ?? [];
    if (operation !== undefined) {
      operations.unshift(operation);
      begun = Timestamp.getTime();
    } else if (operations.length > 0 && begun - Timestamp.getTime() > SAME_DEPLOYMENT_MS) {
      break;
    }
  }
  return operations;
}

/** The form of the keys of a deployment's `apiSummary`: `…` in the place of names. */
export function summaryKeys(
  apiSummary: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): readonly string[] {
  return Object.entries(apiSummary)
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${anonymizePath(path)} ${method}`))
    .sort();
}

/** @example anonymizePath('/orders/{id}/{proxy+}') // '/…/{…}/{…+}' */
function anonymizePath(path: string): string {
  return path.replaceAll(/[^/{}+]+/g, '…');
}

/** The members of an access log whose values are AWS's own. */
const openMembers = new Set(['status', 'errorType', 'httpMethod', 'integrationStatus']);

/** What a report says of a line of an access log. @param token the session token that signed the request */
export function accessLogLine(line: string, token: string | undefined): AccessLogLine {
  return {
    line: membersOf(line) ?? anonymize(line),
    token: token === undefined ? 'the request had none' : line.includes(token) ? 'present' : 'absent',
  };
}

function membersOf(line: string): Readonly<Record<string, string>> | undefined {
  try {
    const document: unknown = JSON.parse(line);
    if (typeof document !== 'object' || document === null) return undefined;
    return Object.fromEntries(
      Object.entries(document).map(([name, value]) => {
        const text = String(value);
        return [name, openMembers.has(name) && /^[A-Z0-9_-]{1,40}$/.test(text) ? text : anonymize(text)];
      }),
    );
  } catch {
    return undefined;
  }
}
