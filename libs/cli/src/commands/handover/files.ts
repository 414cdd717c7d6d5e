import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Contract } from '../../project/contract.ts';
import { inProjectScope, installedPackage, vendoredPackage } from '../../project/manifest.ts';
import { codeOfCall, firstCallOf } from './first-call.ts';
import { restrictDocument } from './openapi.ts';
import type { Handover, InvokeRole } from './read-handover.ts';
import { readmeOf } from './readme.ts';

/** A file of the folder that is handed over. */
export interface HandoverFile {
  readonly name: string;
  /** One line for the terminal. */
  readonly what: string;
  readonly content: string | Uint8Array;
}

/** The files for a caller's team. */
export function filesOf(handover: Handover, contract: Contract): readonly HandoverFile[] {
  const { routes, apiUrl, policy } = handover;
  const tarballs = ownPackagesOf(handover).flatMap((name) => vendoredPackage(name) ?? []);
  return [
    {
      name: 'README.md',
      what: 'what to do with the others',
      content: inProjectScope(readmeOf(handover, contract, tarballs.length > 0)),
    },
    {
      name: 'policy.json',
      what: "the policy to attach to the caller's role",
      content: json(policy),
    },
    {
      name: 'caller.env',
      what: handover.invokeRole
        ? 'where the API is, the role to assume, and the external ID'
        : 'where the API is',
      content: environmentOf(handover),
    },
    {
      name: 'stages.yml',
      what: 'the same for a project that was made from this repository',
      content: stagesEntryOf(handover),
    },
    {
      name: 'caller.ts',
      what: 'a call, ready to run',
      content: inProjectScope(codeOf(handover, contract)),
    },
    {
      name: 'caller.py',
      what: 'the same in Python',
      content: readFileSync(join(import.meta.dirname, 'caller.py'), 'utf8'),
    },
    {
      name: 'package.json',
      what: 'the packages that the call needs',
      content: inProjectScope(json(manifestOf(handover))),
    },
    ...tarballs.map((file) => ({
      name: basename(file),
      what: 'one of these packages',
      content: readFileSync(file),
    })),
    {
      name: 'openapi.json',
      what: 'the routes that it may call',
      content: json(restrictDocument(contract.document, routes, apiUrl)),
    },
  ];
}

/** The packages of this project that the call needs. */
function ownPackagesOf({ invokeRole }: Handover): readonly string[] {
  return [
    ...(invokeRole === undefined ? [] : ['@cross-account-api/assume-role']),
    '@cross-account-api/signed-fetch',
  ];
}

function manifestOf(handover: Handover): object {
  const own = ownPackagesOf(handover).map((name) => {
    const tarball = vendoredPackage(name);
    return tarball === undefined ? installedPackage(name) : [name, `file:${basename(tarball)}`];
  });
  const others = handover.invokeRole === undefined ? [['@aws-sdk/credential-providers', '^3.0.0']] : [];
  return { private: true, type: 'module', dependencies: Object.fromEntries([...others, ...own]) };
}

function environmentOf({ apiUrl, region, invokeRole }: Handover): string {
  const variables = {
    API_URL: apiUrl,
    API_REGION: region,
    ...(invokeRole && { INVOKE_ROLE_ARN: invokeRole.arn, EXTERNAL_ID: invokeRole.externalId }),
  };
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** The entry under `apis` with which a caller's project grants the call to its functions. YAML takes JSON's texts. */
function stagesEntryOf({
  stage,
  api,
  apiUrl,
  apiArn,
  region,
  invokeRole,
  roleArn,
  routes,
}: Handover): string {
  const settings = {
    url: apiUrl,
    region,
    ...(invokeRole === undefined
      ? { accessMode: 'resource-policy', apiArn }
      : { invokeRoleArn: invokeRole.arn, externalId: invokeRole.externalId }),
    callerRoleArn: roleArn,
  };
  const lines = Object.entries(settings).map(([name, value]) => `      ${name}: ${JSON.stringify(value)}`);
  return `# Copy this into a stage of services/stages.yml, and call the entry as you like: a function names it in its property \`calls\`.
${stage}:
  apis:
    ${api}:
${lines.join('\n')}
      routes:
${routes.map((route) => `        - ${route}`).join('\n')}
`;
}

function codeOf({ routes, invokeRole }: Handover, { operations }: Contract): string {
  const { constants, call } = codeOfCall(firstCallOf(routes, operations));
  return `${invokeRole === undefined ? asItself : asRole(invokeRole)}const api = createSignedFetch({ baseUrl: API_URL, region, credentials });
${constants}
export async function handler() {
  return (await ${call}).body;
}

if (import.meta.main) handler().then(console.log);
`;
}

const asRole = ({
  sessionName,
}: InvokeRole) => `import { createAssumedRole } from '@cross-account-api/assume-role';
import { createSignedFetch } from '@cross-account-api/signed-fetch';

const { API_URL = '', API_REGION: region = '', INVOKE_ROLE_ARN: roleArn = '', EXTERNAL_ID: externalId } = process.env;
const credentials = createAssumedRole({ roleArn, externalId, region, sessionName: '${sessionName}' });
`;

const asItself = `import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { createSignedFetch } from '@cross-account-api/signed-fetch';

const { API_URL = '', API_REGION: region } = process.env;
const credentials = fromNodeProviderChain();
`;

function json(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
