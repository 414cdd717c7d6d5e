import {
  evidenceOf,
  explainChange,
  indent,
  type Lines,
  lines,
  verdictOf,
  whyNoChange,
} from '@cross-account-api/iam';
import type { RenderOptions } from '@cross-account-api/local-aws/explain';
import type { Chain, Link } from './chain.ts';

/** Renders a chain: one line for each link that holds; for a broken link, why, and what would repair it. */
export function renderChainReport({ links, holds }: Chain, title: string, options: RenderOptions): string[] {
  const { strong, allowed, denied } = options.palette;
  const broken = links.filter((link) => !link.holds).length;
  const verdict = holds
    ? allowed(`the chain holds (${links.length} links)`)
    : denied(`the chain is broken at ${broken} of ${links.length} links`);
  return lines(
    `${strong(title)}: ${verdict}`,
    '',
    links.map((link) => linkLines(link, options)),
  );
}

function linkLines({ holds, title, decision, problem, note, remedies }: Link, options: RenderOptions): Lines {
  const { palette } = options;
  const denied = decision?.allowed === false && decision;
  return [
    `${holds ? palette.allowed('✔') : palette.denied('✘')} ${palette.strong(title)}`,
    indent(4, [
      note && palette.faint(note),
      problem,
      denied && verdictOf(denied),
      decision && evidenceOf(decision, { palette }),
      denied &&
        explainChange(
          remedies.length > 0 ? { remedies } : { remedies, reason: whyNoChange(denied) },
          options,
        ),
    ]),
    !holds && '',
  ];
}
