import { indent, lines } from '@cross-account-api/command-line/text';
import {
  changeLines,
  evidenceOf,
  markOf,
  type RenderOptions,
  verdictOf,
} from '@cross-account-api/iam/explanation';
import { SOURCES_DIFFER } from '../core/function-failure.ts';
import { SOFTENED } from '../trace/tree.ts';
import type { Explanation } from './refusal.ts';
import { renderComparison } from './signature-comparison.ts';

/** Options for printed explanations of requests to local AWS. */
export interface RequestRenderOptions extends RenderOptions {
  /** The name that an API's owner gave a route, such as `getMessage` for `GET /messages/{id}`. `undefined`: none */
  readonly operationOf?: ((route: string) => string | undefined) | undefined;
}

/** Renders the explanation of one request. */
export function renderExplanation(explanation: Explanation, options: RequestRenderOptions): string[] {
  const { palette, operationOf } = options;
  const {
    event,
    reason,
    advice,
    decision,
    remedies,
    signature,
    refused,
    succeeded,
    allowedNow,
    location,
    sourcesDiffer,
  } = explanation;
  const answered = event.status < 400 && event.softened !== true && event.failure === undefined;
  const status = [event.status, event.errorCode, event.softened && SOFTENED].filter(Boolean).join(' ');
  const operation = event.service === 'execute-api' ? operationOf?.(event.operation) : undefined;
  const facts = [
    operation && `operation ${operation}`,
    `request ${event.requestId}`,
    event.phase && 'made in the init phase of its function',
    event.parentRequestId && `made during ${event.parentRequestId}`,
    event.accountId && `account ${event.accountId}`,
    event.region,
  ];
  const decisions = refused ? [decision] : event.failure === undefined ? event.decisions : [];
  return lines(
    `${markOf(answered, palette)} ${palette.strong(`${event.service} ${event.operation}`)}  ${(answered ? palette.allowed : palette.denied)(status)}`,
    `  ${palette.faint(`${event.time}  ${facts.filter(Boolean).join(', ')}`)}`,
    `  ${palette.faint('by')} ${event.principal ?? 'an unknown principal: the request was not authenticated'}`,
    '',
    `  ${palette.strong(decision === undefined ? reason : verdictOf(decision))}`,
    location && indent(4, location),
    sourcesDiffer && indent(4, SOURCES_DIFFER),
    decisions.map((each) => each && indent(4, evidenceOf(each, { palette }))),
    advice && `  ${palette.allowed('→')} ${advice}`,
    signature && ['', indent(2, renderComparison(signature, options))],
    decision && !succeeded && !allowedNow && ['', indent(2, changeLines(remedies, decision, options))],
    allowedNow &&
      !succeeded && [
        '',
        `${markOf(true, palette)} ${palette.strong('Allowed now; invoke again.')}`,
        `  ${palette.faint('The policies that are deployed now allow it.')}`,
      ],
    succeeded && [
      '',
      `${markOf(true, palette)} ${palette.strong('The same has succeeded since:')} ${succeeded.service} ${succeeded.operation}  ${succeeded.status}`,
      `  ${palette.faint(`${succeeded.time}  request ${succeeded.requestId}`)}`,
    ],
  );
}
