import type { Palette } from '@cross-account-api/command-line/text';
import { shorten } from '@cross-account-api/command-line/text';
import { callWith } from '../../call-of.ts';
import { printable } from '../../printable.ts';
import type { OtherCaller } from '../../stage/stage-stacks.ts';
import type { Difference, DriftedResource } from './differences.ts';
import type { RepairedStack, StageRepair } from './repair-stage.ts';

/** The most characters of a value: policies are longer than a screen. */
const MOST_OF_A_VALUE = 400;

/** CloudFormation may see changes that are none: it takes `Ref` of a resource of API Gateway for the ID of the API. */
const PHANTOMS = 'https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2505';

/**
 * The outcome as lines for a person.
 * @param yes the same command with `--yes`
 */
export function renderRepair(
  { stage, stacks, notCompared }: StageRepair,
  yes: string,
  palette: Palette,
): readonly string[] {
  const remain = stacks.some(({ state }) => state === 'differs');
  const done = stacks.some(({ state }) => state === 'repaired');
  return [
    ...stacks.flatMap((stack) => [...renderStack(stack, stage, palette), '']),
    ...notCompared.map(describeOther),
    ...(stacks.every(({ state }) => state === 'same') ? [`Stage ${stage}: nothing differs.`] : []),
    ...(remain ? [`Nothing was changed. This puts back what the template says: ${yes}`] : []),
    ...(done
      ? [
          'Look in CloudTrail for who changed it. A function that runs keeps its credentials and settings until its environment ends.',
        ]
      : []),
  ];
}

function describeOther({ name, accountId, reason }: OtherCaller): string {
  return `The stack of caller ${name} in account ${accountId} was not compared: ${printable(reason)}.`;
}

function renderStack(stack: RepairedStack, stage: string, palette: Palette): readonly string[] {
  const { name, accountId, drifted } = stack;
  const where = `${palette.strong(name)} in account ${accountId}`;
  const count = drifted.length === 1 ? '1 resource differs' : `${drifted.length} resources differ`;
  const resources = drifted.flatMap((each) => renderResource(each, palette));
  switch (stack.state) {
    case 'same':
      return [`${palette.allowed('✔')} ${where}: nothing differs`];
    case 'repaired':
      return [
        `${palette.allowed('✔')} ${where}: ${drifted.length === 1 ? '1 resource is' : `${drifted.length} resources are`} as the template says again`,
        ...resources,
      ];
    case 'differs':
      return [`${palette.denied('✘')} ${where}: ${count} from the template`, ...resources];
    case 'failed':
      return [
        `${palette.denied('✘')} ${where}: ${stack.isUnread ? 'nothing was compared, because CloudFormation could not read everything' : printable(stack.reason)}`,
        ...(stack.isUnread ? unreadLines(stack.reason, stage) : []),
        ...resources,
      ];
    case 'other changes':
      return [
        `${palette.denied('✘')} ${where}: refused, because CloudFormation would also change what nobody changed by hand`,
        ...stack.others.map(({ logicalId, type, what }) => `  ${logicalId} (${type}): ${printable(what)}`),
        ...(drifted.length === 0 ? [] : [`  Beside that, ${count}:`]),
        ...resources,
        `  If you expect these changes, deploy first and repeat this. If not, it may be a defect of CloudFormation: ${PHANTOMS}`,
        '  Then npm run explain and npm run review name the commands that put single policies back.',
      ];
  }
}

function unreadLines(reason: string, stage: string): readonly string[] {
  return [
    ...printable(reason)
      .split('\n')
      .map((line) => `  ${line}`),
    `  It reads with your permissions, or those of the stack's service role. This names what they lack: ${callWith('check', `--stage ${stage}`)}`,
  ];
}

function renderResource(
  { logicalId, type, physicalId, state, isMadeAnew, differences }: DriftedResource,
  palette: Palette,
): readonly string[] {
  const name = `  ${palette.strong(logicalId)} (${type}${physicalId === undefined ? '' : ` ${physicalId}`})`;
  if (state === 'deleted') return [`${name}: somebody has deleted it`];
  return [
    `${name}${isMadeAnew ? ': it is made anew' : ''}`,
    ...differences.flatMap((each) => renderDifference(each)),
  ];
}

function renderDifference({ path, live, template }: Difference): readonly string[] {
  return [`    ${path}`, `      live      ${shown(live)}`, `      template  ${shown(template)}`];
}

function shown(value: unknown): string {
  if (value === undefined) return '(absent)';
  return shorten(printable(typeof value === 'string' ? value : JSON.stringify(value)), MOST_OF_A_VALUE);
}
