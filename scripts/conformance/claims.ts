/** How a claim about AWS is known. */
export type ClaimEvidence =
  /** AWS answered so: a file of scripts/conformance/recordings, or a public text of AWS with its address. */
  | { readonly kind: 'recorded'; readonly source: string }
  /** AWS documents it. */
  | { readonly kind: 'read'; readonly source: string }
  /** Nobody has seen it, and no page says it: local AWS behaves so because of what is read elsewhere. */
  | { readonly kind: 'modelled'; readonly because: string };

/** What this project says about AWS. */
export interface Claim {
  readonly claim: string;
  readonly evidence: ClaimEvidence;
  /** The step of `npm run conformance` that tries it. */
  readonly triedBy?: string;
  /** The first cells of the rows of SECURITY.md that rest on it. */
  readonly rows?: readonly string[];
  /** Sentences that rest on it, word for word, by the page. */
  readonly sentences?: Readonly<Record<string, string>>;
}

const read = (page: string): ClaimEvidence => ({
  kind: 'read',
  source: `https://docs.aws.amazon.com/${page}`,
});
const GATEWAY = 'apigateway/latest/developerguide/';
const IAM = 'IAM/latest/UserGuide/';

/** The claims about AWS on which a deployment rests. SECURITY.md's rows are checked against them. */
export const claims: readonly Claim[] = [
  {
    claim: 'API Gateway answers 403 to an unsigned request to a method with AWS_IAM',
    evidence: read(`${GATEWAY}api-gateway-control-access-using-iam-policies-to-invoke-api.html`),
    triedBy: 'verify',
    rows: ['sends requests to the API without credentials'],
  },
  {
    claim: 'A principal of another account needs the API’s resource policy and its own',
    evidence: read(`${GATEWAY}apigateway-authorization-flow.html`),
    triedBy: 'verify',
    rows: ['has credentials of another account'],
  },
  {
    claim: 'In a trust policy, aws:PrincipalArn of a function is the ARN of its role',
    evidence: read(`${IAM}reference_policies_condition-keys.html`),
    triedBy: 'verify',
    rows: ['has another role or user of account B', 'is another caller of the API (setting `callers`)'],
  },
  {
    claim: 'A condition compares the role’s ARN as text, so a role that is created again is trusted',
    evidence: {
      kind: 'modelled',
      because: 'AWS documents that a principal becomes an ID; of conditions, that they compare ARNs',
    },
    rows: ["deletes the caller's role and creates one of that name"],
  },
  {
    claim: 'STS refuses AssumeRole without the external ID that the trust policy demands',
    evidence: read(`${IAM}confused-deputy.html`),
    triedBy: 'rotated external ID',
    rows: [
      "makes account B's function assume a role of the attacker's choice, or makes a third party use our role (confused deputy)",
    ],
  },
  {
    claim: 'A client can choose the request ID, and API Gateway alone the extended one',
    evidence: read(`${GATEWAY}set-up-access-logging.html`),
    rows: ["gives its requests the ID of another's request, which any client can"],
  },
  {
    claim: 'A session of a role that a role has assumed lasts an hour at most',
    evidence: read(`${IAM}id_roles.html#iam-term-role-chaining`),
    rows: ["controls the caller's function"],
  },
  {
    claim: 'Several external IDs in one condition are alternatives, so an ID is rotated without an outage',
    evidence: {
      kind: 'modelled',
      because:
        'AWS documents that values of a condition are alternatives, and not how fast STS knows a changed trust policy',
    },
    triedBy: 'rotated external ID',
  },
  {
    claim: 'A function whose role is replaced runs with the new one once the update has ended',
    evidence: {
      kind: 'modelled',
      because: 'AWS documents LastUpdateStatus, and not which role running environments keep',
    },
    triedBy: 'replaced role',
  },
  {
    claim: 'A route that a deployment took off the stage is answered as one that never existed',
    evidence: { kind: 'modelled', because: 'AWS documents that a stage serves its deployment, and no delay' },
    triedBy: 'removed route',
  },
  {
    claim: 'CloudFormation imports tables and log groups that a removed stack has kept',
    evidence: read('AWSCloudFormation/latest/UserGuide/import-resources.html'),
    triedBy: 'retained data',
  },
  {
    claim: 'A drift-aware change set puts a trust policy back that was changed by hand',
    evidence: read('AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html'),
    triedBy: 'changed by hand',
  },
  {
    claim: 'aws:PrincipalOrgID is the organization of the caller’s account',
    evidence: read(`${IAM}reference_policies_condition-keys.html`),
    rows: ['is an account of another organization with the right ID'],
  },
  {
    claim: 'A signature covers method, path, query, headers and body',
    evidence: read(`${IAM}reference_sigv-create-signed-request.html`),
    triedBy: 'verify',
    rows: ['reads or changes requests on the way'],
  },
  {
    claim: 'The resource policy of a private API sees the VPC endpoint of a request',
    evidence: read('vpc/latest/privatelink/vpc-endpoints-access.html'),
    rows: ['uses a stolen session from elsewhere'],
  },
  {
    claim: 'AWS refuses a signature that is more than five minutes old',
    evidence: read(`${IAM}reference_sigv.html`),
    triedBy: 'verify',
    rows: ['replays a request'],
  },
  {
    claim: 'The identity in a request’s context is what API Gateway has verified, whatever the request says',
    evidence: read(`${GATEWAY}set-up-lambda-proxy-integrations.html`),
    triedBy: 'verify',
    rows: [
      "sends another caller's `Idempotency-Key` to read the response",
      'claims to be somebody else in headers or body',
    ],
  },
  {
    claim: 'API Gateway’s message for a wrong signature quotes the request with its session token',
    evidence: {
      kind: 'recorded',
      source: 'libs/iam/src/explanation/refusals/real-texts.json',
    },
    triedBy: 'verify',
    rows: ['reads logs'],
  },
  {
    claim: 'A stage’s throttling counts the requests of all callers together',
    evidence: read(`${GATEWAY}api-gateway-request-throttling.html`),
    rows: ['floods the API'],
  },
  {
    claim: 'STS says for any keys to which account they belong',
    evidence: read('STS/latest/APIReference/API_GetCallerIdentity.html'),
    triedBy: 'check',
    rows: [
      'waits for a deployment to the wrong account, because a shell exports another profile or other keys',
    ],
  },
  {
    claim:
      'A role that must set its own boundary on each role that it creates cannot get more than that boundary',
    evidence: read(`${IAM}access_policies_boundaries.html`),
    rows: ['takes over the CI system'],
  },
  {
    claim: 'lambda:Principal limits whom a permission of a function may name',
    evidence: read('service-authorization/latest/reference/list_awslambda.html'),
    rows: ['has taken over the CI system, and wants to come back after a clean deployment'],
  },
  {
    claim: 'Changes of IAM take seconds until all of AWS knows them',
    evidence: read(`${IAM}troubleshoot.html#troubleshoot_general_eventual-consistency`),
    triedBy: 'verify',
    sentences: {
      'SECURITY.md': 'A policy change takes a few seconds until all of AWS knows it.',
    },
  },
  {
    claim: 'Whether API Gateway authorizes a path with or without its last slash',
    evidence: { kind: 'modelled', because: 'AWS does not document it' },
    sentences: {
      'SECURITY.md':
        'AWS does not document whether API Gateway authorizes a path with or without its last slash.',
    },
  },
];

/** The rows of SECURITY.md that claim nothing about AWS: our own code does it. */
export const ownControls: readonly string[] = [
  'chooses the path or host of a signed request through the event',
  'answers with endless or compressed data',
  'publishes a package in our name',
];

/** The heading of the table in SECURITY.md. */
const TABLE = '## What each control stops';

/**
 * What is wrong between the claims and the pages: a row without evidence, a sentence that a page has no longer, a source that is none, a
 * step that does not exist.
 * @param readPage gives the text of a page
 * @param sources the files that can be evidence
 */
export function claimProblems(
  list: readonly Claim[],
  own: readonly string[],
  {
    readPage,
    steps,
    isFile,
  }: { readPage(page: string): string; readonly steps: readonly string[]; isFile(path: string): boolean },
): readonly string[] {
  const at = 'scripts/conformance/claims.ts';
  const security = readPage('SECURITY.md');
  const [, table = ''] = security.split(TABLE);
  const rows = (table.split(/\n## /)[0] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| ---') && !line.startsWith('| an attacker'))
    .map((line) => line.split(' | ')[0]?.slice(2) ?? '');
  const named = [...list.flatMap((claim) => claim.rows ?? []), ...own];
  return [
    ...rows
      .filter((row) => !named.includes(row))
      .map((row) => `SECURITY.md: the row "${row}" has no claim with evidence in ${at}.`),
    ...named.filter((row) => !rows.includes(row)).map((row) => `${at}: SECURITY.md has no row "${row}".`),
    ...list.flatMap(({ claim, evidence, triedBy, sentences = {} }) => [
      ...(triedBy === undefined || steps.includes(triedBy)
        ? []
        : [`${at}: "${claim}": there is no step ${triedBy}.`]),
      ...(evidence.kind !== 'read' || /^https:\/\/docs\.aws\.amazon\.com\/./.test(evidence.source)
        ? []
        : [`${at}: "${claim}": ${evidence.source} is no page of AWS's documentation.`]),
      ...(evidence.kind !== 'recorded' || isFile(evidence.source)
        ? []
        : [`${at}: "${claim}": there is no recording ${evidence.source}.`]),
      ...Object.entries(sentences)
        .filter(([page, sentence]) => !oneLine(readPage(page)).includes(sentence))
        .map(([page, sentence]) => `${at}: ${page} no longer says "${sentence}".`),
    ]),
  ];
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}
