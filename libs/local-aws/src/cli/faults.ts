import { readFile } from 'node:fs/promises';
import { type Command, type Options, UsageError } from '@cross-account-api/command-line';
import { stateOption } from '@cross-account-api/iam/explain-command';
import { callControl, messageOf } from '../control/client.ts';
import { errorMessage } from '../core/errors.ts';
import { FAULTS_PATH } from '../faults/index.ts';
import { findRoot, readStateDirectory } from '../state-directory/index.ts';
import { rootOf } from './root.ts';

const faultsOptions = {
  set: { type: 'string', value: 'FILE', description: 'Takes the plan of this JSON file' },
  clear: { type: 'boolean', description: 'Ends all faults' },
  state: stateOption,
} as const satisfies Options;

/** `local-aws faults` */
export const faultsCommand: Command<typeof faultsOptions> = {
  summary: 'Shows or changes the faults that the running local AWS injects.',
  manual: `Without \`--set\` and \`--clear\`, it shows the plan, and how often each rule has struck. A plan is, for example,

\`\`\`json
{
  "rules": [
    { "name": "slow STS", "match": { "service": "sts" }, "rate": 0.5, "effect": { "type": "delay", "ms": [100, 2000] } },
    { "name": "busy API", "match": { "service": "execute-api" }, "times": 3, "effect": { "type": "throttle" } }
  ]
}
\`\`\`

A rule strikes each request that it matches, or at a rate, or a number of times. Other effects: error, drop-before, drop-after, cut,
skew, expire-session, revoke-session, kill-function, stall-function, propagation. An invalid plan is refused: the error names the place
and the rule.`,
  examples: [
    ['', 'the plan, and how often each rule has struck'],
    ['--clear', 'ends all faults'],
  ],
  exitCodes: { 0: 'shown or changed', 2: 'wrong options, an invalid plan, or no local AWS runs' },
  options: faultsOptions,
  async main({ set, clear = false, state }) {
    if (set !== undefined && clear)
      throw new UsageError('--set and --clear exclude each other. Give one of them.');
    const root = rootOf(state, () => findRoot(process.cwd()));
    const reading = await readStateDirectory(root);
    if (!reading.running) throw new UsageError(`${reading.message} ${reading.remedy}`);
    const method = set !== undefined ? 'PUT' : clear ? 'DELETE' : 'GET';
    const unreadable = (error: unknown) => {
      throw new UsageError(`--set ${set}: ${errorMessage(error)}`);
    };
    const plan = set === undefined ? undefined : await readFile(set, 'utf8').catch(unreadable);
    const answer = await callControl({ url: reading.instance.url, root }, method, FAULTS_PATH, plan);
    if (!answer.ok) throw new UsageError(messageOf(answer));
    process.stdout.write(`${JSON.stringify(answer.document, null, 2)}\n`);
    return 0;
  },
};
