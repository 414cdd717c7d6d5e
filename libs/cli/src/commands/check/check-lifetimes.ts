import { callOf } from '../../call-of.ts';
import { type CheckResult, resultsOf } from './check-result.ts';
import { type Facts, isUnknown, servicesOf } from './facts.ts';
import {
  type Lifetime,
  LOOKED_UP,
  nodeVersions,
  nodeVersionsOfSdk,
  oslsVersions,
  runtimes,
  sdkVersions,
} from './lifetimes.ts';

/** So long before an end, it is announced: a new major version takes a while. */
const NEAR_MS = 180 * 86_400_000;

/** Something that ends. */
interface Subject extends Lifetime {
  /** The subject of a sentence. @example 'The runtime nodejs22.x of depot-dev-parcels' */
  readonly what: string;
  readonly source: string;
  /** A sentence. */
  readonly remedy: string;
}

/** Lambda's runtimes, Node, osls and the clients of the AWS SDK are maintained, and will be for a while. */
export function checkLifetimes(facts: Facts): CheckResult[] {
  const { pass, warn } = resultsOf('end of support');
  const { now, packages } = facts;
  const subjects = [...ofRuntimes(facts), ...ofNode(facts), ...ofPackages(facts)];
  const findings = subjects.flatMap(({ what, ends, blocked, source, remedy }) => {
    if (ends === undefined || Date.parse(ends) - now.getTime() > NEAR_MS) return [];
    const isOver = Date.parse(ends) <= now.getTime();
    // AWS has postponed such days before, so a deployment is not stopped.
    const isBlocked = blocked !== undefined && Date.parse(blocked) <= now.getTime();
    const then = isBlocked
      ? `. Since ${blocked}, Lambda refuses to update functions with it, unless AWS has postponed that`
      : blocked === undefined
        ? ''
        : `, and from ${blocked} on Lambda refuses to update functions with it`;
    return [
      warn(
        isOver
          ? `${capital(what)} has had no security fixes since ${ends}${then}.`
          : `${capital(what)} gets security fixes until ${ends}${then}.`,
        `${remedy} ${source}`,
      ),
    ];
  });
  const deprecated = packages.flatMap(({ name, version, deprecated: why }) =>
    why === undefined
      ? []
      : [warn(`The publishers of ${name} ${version} have deprecated this version: ${why}`, remedyOf(name))],
  );
  if (findings.length + deprecated.length > 0) return [...findings, ...deprecated];
  const known = subjects.flatMap(({ what, ends }) => (ends === undefined ? [] : [`${what} until ${ends}`]));
  return [
    pass(
      `${known.length === 0 ? 'No end of support is announced for what the project uses' : `Maintained: ${known.join(', ')}`}. (As of ${LOOKED_UP}.)`,
    ),
  ];
}

/** So old, the packages in vendor/ want a look. */
const OLD_DAYS = 90;

/** The packages in vendor/ are not old: nothing else looks into tarballs. */
export function checkVendor({ now, vendorPackedAt }: Facts): CheckResult[] {
  const { pass, warn } = resultsOf('vendor');
  if (vendorPackedAt === undefined) return [];
  const days = Math.max(0, Math.floor((now.getTime() - vendorPackedAt.getTime()) / 86_400_000));
  const age = `The packages in vendor/ are from ${vendorPackedAt.toISOString().slice(0, 10)}, ${days} ${days === 1 ? 'day' : 'days'} old.`;
  return [
    days <= OLD_DAYS
      ? pass(age)
      : warn(
          `${age} Dependabot and npm audit do not look into them.`,
          `This says which releases followed, and which of them mend a weakness: ${callOf('outdated')}`,
        ),
  ];
}

function ofRuntimes(facts: Facts): Subject[] {
  const used = new Map<string, string[]>();
  for (const { service } of servicesOf(facts)) {
    if (isUnknown(service)) continue;
    for (const { name, runtime } of service.functions) {
      if (runtime !== undefined) used.set(runtime, [...(used.get(runtime) ?? []), name]);
    }
  }
  return [...used].map(([runtime, functions]) => ({
    what: `the runtime ${runtime} of ${functions.length > 3 ? `${functions.length} functions` : functions.join(', ')}`,
    ...runtimes.of[runtime],
    source: runtimes.source,
    remedy: `Set a later runtime in serverless.yml, and the package "node" to its version, and deploy.`,
  }));
}

function ofNode({ tools }: Facts): Subject[] {
  const major = majorOf(tools.find(({ name }) => name === 'Node')?.found);
  return major === undefined
    ? []
    : [
        {
          what: `Node ${major}, which runs the tools,`,
          ...nodeVersions.of[major],
          source: nodeVersions.source,
          remedy: 'Install a later one: npm install --save-dev node@lts',
        },
      ];
}

function ofPackages({ packages, tools }: Facts): Subject[] {
  const node = majorOf(tools.find(({ name }) => name === 'Node')?.found) ?? '';
  const majors = new Map<string, string>();
  for (const { name, version } of packages) majors.set(`${name} ${majorOf(version)}`, name);
  const subjects = [...majors].map(([what, name]) => {
    const [major = ''] = what.split(' ').slice(-1);
    const { of, source } = name === 'osls' ? oslsVersions : sdkVersions;
    return { what, ...of[major], source, remedy: remedyOf(name) };
  });
  const sdk = packages.some(({ name, version }) => name.startsWith('@aws-sdk/') && majorOf(version) === '3');
  return [
    // One for all clients.
    ...subjects.filter(({ what, ends }) => ends !== undefined || what.startsWith('osls ')),
    ...(sdk && nodeVersionsOfSdk.of[node] !== undefined
      ? [
          {
            what: `the AWS SDK 3 on Node ${node}`,
            ...nodeVersionsOfSdk.of[node],
            source: nodeVersionsOfSdk.source,
            remedy:
              'Later versions of the SDK need a later Node: set a later runtime, and the package "node" to its version.',
          },
        ]
      : []),
  ];
}

function majorOf(version: string | undefined): string | undefined {
  return /^\D*(\d+)\./.exec(version ?? '')?.[1];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** osls has the name `serverless` in the project. */
function remedyOf(name: string): string {
  return name === 'osls'
    ? 'Install a later version: npm install --save-dev serverless@npm:osls@latest'
    : `Install a later version. This shows what needs it: npm ls ${name}`;
}
