import { basename } from 'node:path';
import { print, terminalPalette } from '@cross-account-api/command-line';
import { callWith } from '../../call-of.ts';
import { command } from '../../command-line.ts';
import { options } from '../../options.ts';
import { projectRoot } from '../../project/project.ts';
import { type VendoredPackage, vendoredPackages, vendorPackedAt } from '../../project/vendor.ts';
import { type ChangelogLocation, placeOf, readChangelog, readChangelogOfClone } from './read-changelog.ts';
import { type Release, releasesAfter } from './releases.ts';

const { strong, denied, faint, warning } = terminalPalette;

/** A package in vendor/, and what followed it. */
interface Outdated extends VendoredPackage {
  /** Absent if that is not known. */
  readonly releases?: readonly Release[];
  /** Why not. */
  readonly unread?: string;
}

export const outdatedCommand = command(
  {
    summary:
      'Says how old the packages in vendor/ are, which releases followed, and which of them mend a weakness.',
    exitCodes: {
      0: 'no release that followed mends a weakness',
      1: 'one does',
      2: 'it cannot be told, or the options are wrong',
    },
    manual:
      'Dependabot and npm audit do not look into tarballs. It reads CHANGELOG.md of each package in its repository on GitHub, and sends nothing else.',
  },
  {
    clone: {
      type: 'string',
      value: 'DIR',
      description: 'Reads the change logs in this clone, without network',
    },
    json: options.json,
  },
  async ({ clone, json }) => {
    const root = projectRoot();
    const vendored = vendoredPackages(root);
    if (vendored.length === 0) {
      print(json, { packages: [] }, () => [
        'The project has no packages in vendor/. Those of a registry are in the lock file: npm outdated, and npm audit.',
      ]);
      return 0;
    }
    const packages = await Promise.all(vendored.map((each) => lookUp(each, root, clone)));
    const packedAt = vendorPackedAt(root);
    const mending = packages.some(({ releases = [] }) => releases.some(mends));
    print(json, { packedAt, packages }, () => [
      ageOf(packedAt, new Date()),
      '',
      ...packages.flatMap(describe),
      ...unreadLines(packages),
      ...(packages.some(({ releases = [] }) => releases.length > 0)
        ? ['', `An update, in the clone beside this project: npm run create -- --update ../${basename(root)}`]
        : []),
    ]);
    if (mending) return 1;
    return packages.some(({ unread }) => unread !== undefined) ? 2 : 0;
  },
);

async function lookUp(each: VendoredPackage, root: string, clone: string | undefined): Promise<Outdated> {
  const place: ChangelogLocation = await placeOf(each.name, root);
  const changelog =
    clone === undefined ? await readChangelog(place) : await readChangelogOfClone(clone, place);
  if (typeof changelog !== 'string') return { ...each, ...changelog };
  const releases = releasesAfter(each.version, changelog);
  return releases === undefined
    ? { ...each, unread: `the change log of ${each.name} has no section ${each.version}` }
    : { ...each, releases };
}

function mends({ weaknesses }: Release): boolean {
  return weaknesses.length > 0;
}

function ageOf(packedAt: Date | undefined, now: Date): string {
  if (packedAt === undefined) return 'The age of the packages in vendor/ is unknown until the next update.';
  const days = Math.max(0, Math.floor((now.getTime() - packedAt.getTime()) / 86_400_000));
  return `The packages in vendor/ are from ${packedAt.toISOString().slice(0, 10)}, ${days} ${days === 1 ? 'day' : 'days'} old.`;
}

/** Each reason once: without a network, all packages have the same. */
function unreadLines(packages: readonly Outdated[]): string[] {
  const reasons = new Set(packages.flatMap(({ unread }) => unread ?? []));
  if (reasons.size === 0) return [];
  return [
    '',
    ...[...reasons].map((reason) => warning(`Not known: ${reason}.`)),
    `With a clone of the repository: ${callWith('outdated', '--clone ../cross-account-api')}`,
  ];
}

function describe({ name, version, releases }: Outdated): string[] {
  const title = strong(`${name} ${version}`);
  if (releases === undefined) return [`${title}  ${warning('not known')}`];
  if (releases.length === 0) return [`${title}  ${faint('the latest')}`];
  return [
    `${title}  ${releases.map((release) => release.version).join(', ')} followed`,
    ...releases.flatMap(({ version: later, weaknesses }) =>
      weaknesses.map((weakness) => `  ${denied(`${later} mends a weakness: ${weakness}`)}`),
    ),
  ];
}
