import { indent, type Lines, lines } from '@cross-account-api/command-line/text';
import {
  changeOf,
  changesOf,
  evidenceOf,
  type Obstacle,
  type RemedyText,
  type RenderOptions,
  remedyText,
  verdictOf,
  whyNoChange,
} from '@cross-account-api/iam/explanation';
import type { Chain, Change, Link, LinkState, SettingChange } from './link.ts';

/** A chain for `--json`. */
export function chainDocument({ state, links }: Chain): object {
  return {
    state,
    holds: state === 'holds',
    links: links.map((link) => ({ ...link, holds: link.state === 'holds' })),
  };
}

/** Renders a chain: one line for each link that holds. For other links: the reason, and the repair or the missing permission. */
export function renderChainReport({ links, state }: Chain, title: string, options: RenderOptions): string[] {
  const { strong, allowed, denied } = options.palette;
  const count = (wanted: LinkState) => links.filter((link) => link.state === wanted).length;
  const unread = count('unread') === 0 ? '' : `${count('unread')} of ${links.length} links cannot be read`;
  const verdict = {
    holds: () => allowed(`the chain holds (${links.length} links)`),
    breaks: () =>
      denied(`the chain is broken at ${count('breaks')} of ${links.length} links${unread && `; ${unread}`}`),
    unread: () => strong(`nothing that was read is broken; ${unread}`),
  }[state]();
  return lines(
    `${strong(title)}: ${verdict}`,
    '',
    links.map((link) => linkLines(link, options)),
  );
}

function linkLines(link: Link, options: RenderOptions): Lines {
  const { palette } = options;
  const { state, title, decision, problem, note, remedies, obstacles = [], needs = [], unread = [] } = link;
  const denied = decision?.allowed === false && decision;
  const marks = { holds: palette.allowed('✔'), breaks: palette.denied('✘'), unread: palette.strong('?') };
  return [
    `${marks[state]} ${palette.strong(title)}`,
    indent(4, [
      note && palette.faint(note),
      problem,
      state === 'breaks' && [
        denied && verdictOf(denied),
        decision && evidenceOf(decision, { palette }),
        obstacleLines(obstacles, options),
        denied &&
          obstacles.length + remedies.length + needs.length === 0 && [
            palette.strong('No change is proposed.'),
            indent(2, whyNoChange(denied)),
          ],
        obstacles.length > 0
          ? furtherLines(remedies, options)
          : changesOf(
              remedies.map((each) => changeInAccount(each, options)),
              palette,
            ),
      ],
      state === 'holds' && decision && evidenceOf(decision, { palette }),
      state === 'unread' && problem !== undefined && decision && evidenceOf(decision, { palette }),
      unread.map(({ permission, failure }) =>
        permission === undefined ? `cannot be read: ${failure}` : `cannot be read without ${permission}`,
      ),
      needs.length > 0 && needLines(needs, options),
    ]),
    state !== 'holds' && '',
  ];
}

/** The reasons why no change is proposed. The first obstacle is the decision itself. */
function obstacleLines(obstacles: readonly Obstacle[], { palette }: RenderOptions): Lines {
  if (obstacles.length === 0) return [];
  return [
    palette.strong('No change is proposed.'),
    indent(
      2,
      obstacles.map(({ verdict, reason }, index) => (index === 0 ? reason : `Then ${verdict}. ${reason}`)),
    ),
  ];
}

/** Changes that are not enough, as they remove no obstacle. */
function furtherLines(remedies: readonly Change[], options: RenderOptions): Lines {
  if (remedies.length === 0) return [];
  return [
    options.palette.strong('Once that is solved, it also needs:'),
    remedies.map((each) => changeOf(changeInAccount(each, options), options.palette)),
  ];
}

function needLines(needs: readonly Change[], options: RenderOptions): Lines {
  const accounts = [...new Set(needs.map(({ accountId }) => accountId))].join(' and ');
  return [
    options.palette.strong(`Account ${accounts} must have:`),
    needs.map((each) => changeOf(changeText(each, options), options.palette)),
  ];
}

function changeText(change: Change, options: RenderOptions): RemedyText {
  const { cliOf = () => 'aws' } = options;
  if (change.change !== 'setting')
    return remedyText(change, { ...options, cliOf: () => cliOf(change.accountId) });
  return { instruction: 'run', text: commandOf(change, options) };
}

/** A change with the account in which it is made. */
function changeInAccount(change: Change, options: RenderOptions): RemedyText {
  const { instruction, ...text } = changeText(change, options);
  return { ...text, instruction: `in account ${change.accountId}: ${instruction}` };
}

/** The command of the AWS CLI that makes a change. */
function commandOf(
  { service, operation, region, input, accountId }: SettingChange & { readonly accountId: string },
  { cliOf = () => 'aws' }: RenderOptions,
): string {
  const name = operation.replace(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
  return `${cliOf(accountId)} ${service} ${name} --region ${region} --cli-input-json '${JSON.stringify(input)}'`;
}
