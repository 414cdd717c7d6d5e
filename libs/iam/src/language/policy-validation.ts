import { resourceControlServices } from '../decision/resource-control.ts';
import { isObject, parseJson } from '../json.ts';
import { words } from '../words.ts';
import type { ArnPattern } from './arn-pattern.ts';
import {
  type ActionPattern,
  type Element,
  type Policy,
  PolicySyntaxError,
  parsePolicy,
  type Statement,
} from './policy-language.ts';

/**
 * The purpose of a policy document. Each kind has its own rules. `identity` is a managed policy, which a permissions boundary is, too;
 * `inline` is a policy of one role, user or group.
 */
export type PolicyDocumentKind =
  | 'identity'
  | 'inline'
  | 'trust'
  | 'resource'
  | 'session'
  | 'service control'
  | 'resource control';

/**
 * Checks a policy document as IAM does when it stores one, except principals and quotas. Texts and order of the checks are
 * IAM's own, known from public bug reports and test suites. For service and resource control policies, which no API takes
 * here, the texts say more than AWS Organizations does.
 * @param document JSON text, or the parsed value
 * @returns the messages of a `MalformedPolicyDocument` error. Empty if the document is valid
 */
export function validatePolicy(document: string | object, kind: PolicyDocumentKind): string[] {
  const { syntax, json } = messages[kind];
  const value = typeof document === 'string' ? parseJson(document) : document;
  if (value === undefined) return [json];
  if (kind === 'trust') {
    const problems = findTrustShapeErrors(value);
    if (problems.length > 0) return problems;
  }
  let policy: Policy;
  try {
    policy = parsePolicy(value);
  } catch (error) {
    if (!(error instanceof PolicySyntaxError)) throw error;
    return [syntax ?? error.message];
  }
  return [...new Set([...findVersionErrors(policy, kind), ...rules[kind](policy)])];
}

interface SyntaxMessages {
  /** `undefined`: the parser's own message, which names the place. */
  readonly syntax?: string;
  readonly json: string;
}

const messages: Readonly<Record<PolicyDocumentKind, SyntaxMessages>> = {
  identity: { syntax: 'Syntax errors in policy.', json: 'Syntax errors in policy.' },
  inline: { syntax: 'Syntax errors in policy.', json: 'Syntax errors in policy.' },
  session: { syntax: 'Syntax errors in policy.', json: 'Syntax errors in policy.' },
  trust: { syntax: 'Syntax error in policy.', json: 'This policy contains invalid Json' },
  resource: { syntax: 'Syntax errors in policy.', json: 'The policy is not in the valid JSON format.' },
  'service control': { json: 'The policy is not in the valid JSON format.' },
  'resource control': { json: 'The policy is not in the valid JSON format.' },
};

const rules: Readonly<Record<PolicyDocumentKind, (policy: Policy) => string[]>> = {
  identity: findPermissionErrors,
  inline: findPermissionErrors,
  session: findPermissionErrors,
  'service control': findPermissionErrors,
  'resource control': ({ statements }) => statements.flatMap(findResourceControlErrors),
  trust: findTrustErrors,
  resource: ({ statements }) =>
    statements.flatMap(({ principal, action }) => [
      ...given(
        isEmpty(principal) && 'Missing required field Principal',
        isEmpty(action) && 'Missing required field Action',
      ),
      ...(action?.values ?? []).flatMap(findActionErrors),
    ]),
};

/**
 * The kinds that may have the older version, or none. AWS deploys inline policies without a version for SAM's policy templates
 * (`samtranslator/policy_templates_data/policy_templates.json`, https://github.com/aws/serverless-application-model).
 */
const ofAnyVersion: ReadonlySet<PolicyDocumentKind> = new Set(['inline', 'trust', 'resource']);

function findVersionErrors({ version }: Policy, kind: PolicyDocumentKind): string[] {
  if (ofAnyVersion.has(kind) || version === '2012-10-17') return [];
  return ['Policy document must be version 2012-10-17 or greater.'];
}

function findPermissionErrors({ statements }: Policy): string[] {
  return [
    ...given(
      statements.some(({ principal }) => principal !== undefined) &&
        'Policy document should not specify a principal.',
      statements.some(({ sid = '' }) => !/^[0-9A-Za-z]*$/.test(sid)) &&
        'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
      hasRepeatedSids(statements) && 'Statement IDs (SID) in a single policy must be unique.',
      statements.some(({ action }) => isEmpty(action)) && 'Policy statement must contain actions.',
      statements.some(({ resource }) => isEmpty(resource)) && 'Policy statement must contain resources.',
    ),
    ...statements.flatMap(({ resource }) => resource?.values ?? []).flatMap(findResourceErrors),
    ...statements.flatMap(({ action }) => action?.values ?? []).flatMap(findActionErrors),
  ];
}

/** The messages of the conditions that hold. */
function given(...messages: readonly (string | false | undefined)[]): string[] {
  return messages.filter((message) => typeof message === 'string');
}

function isEmpty(element: Element<unknown> | undefined): boolean {
  return element === undefined || element.values.length === 0;
}

/** Trust policies are checked field by field, and their messages say so. */
function findTrustShapeErrors(document: unknown): string[] {
  if (!isObject(document)) return ['This policy contains invalid Json'];
  const { Version: version, Statement: statement } = document;
  if (version !== undefined && version !== '2012-10-17' && version !== '2008-10-17') {
    return ['The policy must contain a valid version string'];
  }
  const statements = Array.isArray(statement) ? statement : statement === undefined ? [] : [statement];
  if (statements.length === 0) return ['Could not parse the policy: Statement is empty!'];
  return statements.filter(isObject).flatMap((each) => {
    const { Effect: effect, Principal: principal, NotPrincipal: notPrincipal } = each;
    if (effect === undefined) return ['Missing required field Effect'];
    if (effect !== 'Allow' && effect !== 'Deny') return [`Invalid effect: ${String(effect)}`];
    if (notPrincipal !== undefined) {
      return [
        effect === 'Allow'
          ? 'Allow with NotPrincipal is not allowed.'
          : 'AssumeRole policy must not contain NotPrincipal field.',
      ];
    }
    if (principal === undefined) return ['Missing required field Principal'];
    if (typeof principal === 'string') return ['Principal must be a JSON object.'];
    if (isObject(principal) && Object.keys(principal).length === 0) {
      return ['Missing required field Principal cannot be empty!'];
    }
    return [];
  });
}

function findTrustErrors({ statements }: Policy): string[] {
  return [
    ...statements.flatMap(({ principal, action, resource }) =>
      given(
        principal?.values.some(({ type }) => type === 'CanonicalUser') &&
          'Invalid principal in policy: "CanonicalUser"',
        principal?.values.length === 0 && 'Missing required field Principal cannot be empty!',
        isEmpty(action) && 'Missing required field Action',
        action?.values.every(isTrustAction) === false &&
          'AssumeRole policy may only specify STS AssumeRole actions.',
        resource &&
          (resource.negated
            ? 'AssumeRole policy must not contain resources.'
            : 'Has prohibited field Resource'),
      ),
    ),
    ...given(hasRepeatedSids(statements) && 'The Statement Ids in the policy are not unique'),
  ];
}

/** IAM accepts `sts:AssumeRole*`, but neither `sts:*` nor `*`. */
function isTrustAction({ source }: ActionPattern): boolean {
  return /^sts:(AssumeRole[A-Za-z*]*|TagSession|SetSourceIdentity|SetContext)$/i.test(source);
}

/**
 * Resource control policies only deny, everyone, and name the service of each action.
 * Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html
 */
function findResourceControlErrors({ label, effect, action, resource, source }: Statement): string[] {
  const problems = given(
    effect !== 'Deny' &&
      'Effect must be "Deny", not "Allow": RCPFullAWSAccess allows everything already. Remove the statement.',
    source.Principal !== '*' &&
      'Principal must be "*". To deny some principals only, add a condition, e.g. on aws:PrincipalArn.',
    (action?.negated === true || isEmpty(action)) &&
      'Action must name at least one action. NotAction is not supported.',
    isEmpty(resource) && 'Resource or NotResource must name at least one resource, e.g. "*".',
    ...(action?.values ?? []).flatMap(({ source: text, match }) => {
      const shown = JSON.stringify(text);
      if (match === 'any') return `Action must name the service, e.g. "s3:*", not ${shown}.`;
      if (match === 'none')
        return `Action must have the form service:Name, e.g. "s3:GetObject", not ${shown}.`;
      return resourceControlServices.has(match.service)
        ? []
        : `Action ${shown}: resource control policies have no effect on ${match.service}. Remove it, or use a service control policy.`;
    }),
  );
  return problems.map((problem) => `statement ${label}: ${problem}`);
}

function hasRepeatedSids(statements: readonly Statement[]): boolean {
  const sids = statements.flatMap(({ sid }) => sid || []);
  return new Set(sids).size < sids.length;
}

function findActionErrors({ source: action }: ActionPattern): string[] {
  if (action === '*') return [];
  const [vendor = '', ...names] = action.split(':');
  if (names.length === 0)
    return ['Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.'];
  if (!/^[A-Za-z0-9.-]+$/.test(vendor)) return [`Vendor ${vendor} is not valid`];
  return names.length === 1 ? [] : ['Actions/Condition can contain only one colon.'];
}

const iamPaths = words(
  `user/ federated-user/ role/ group/ instance-profile/ mfa/ server-certificate/ policy/ sms-mfa/ saml-provider/ oidc-provider/
   report/ access-report/`,
);

function findResourceErrors({ source: resource }: ArnPattern): string[] {
  if (resource === '*') return [];
  const [arn, partition, vendor, region = '*', account = '*', ...rest] = resource.split(':');
  if (partition === undefined) return [`Resource ${resource} must be in ARN format or "*".`];
  const isShort = rest.length === 0;
  if (arn === 'arn' && partition === 'aws' && (vendor === '' || (isShort && resource.includes('::')))) {
    return ['The policy failed legacy parsing'];
  }
  const path = isShort ? '*' : rest.join(':');
  if (arn !== 'arn' || !/^(aws(-[a-z]+)*|\*)$/.test(partition)) {
    return [
      `Partition "${partition}" is not valid for resource "arn:${partition}:${vendor ?? '*'}:${region}:${account}:${path}".`,
    ];
  }
  if (vendor === undefined) return ['Resource vendor must be fully qualified and cannot contain regexes.'];
  if (vendor === 'iam') {
    if (region !== '' && region !== '*')
      return [`IAM resource ${resource} cannot contain region information.`];
    if (!path.startsWith('*') && !iamPaths.some((start) => path.startsWith(start))) {
      return [`IAM resource path must either be "*" or start with ${iamPaths.join(', ')}.`];
    }
  }
  if (
    vendor === 's3' &&
    region !== '' &&
    !region.includes('*') &&
    !/^(accesspoint|job|storage-lens)/.test(path)
  ) {
    return [`Resource ${resource} can not contain region information.`];
  }
  return [];
}
