import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contract } from '../deployed-pair/contract.ts';
import { inProjectScope, installedPackage } from '../project/manifest.ts';
import { codeOfCall, firstCallOf } from './first-call.ts';
import { restrictDocument } from './openapi.ts';
import type { Handover, InvokeRole } from './read-handover.ts';
import { readmeOf } from './readme.ts';

/** A file of the folder that is handed over. */
export interface HandoverFile {
  readonly name: string;
  /** One line for the terminal. */
  readonly what: string;
  readonly text: string;
}

/** The files for a caller's team. */
export function filesOf(handover: Handover, contract: Contract): readonly HandoverFile[] {
  const { routes, apiUrl, policy } = handover;
  return [
    {
      name: 'README.md',
      what: 'what to do with the others',
      text: inProjectScope(readmeOf(handover, contract)),
    },
    {
      name: 'policy.json',
      what: "the policy to attach to the caller's role",
      text: json(policy),
    },
    {
      name: 'caller.env',
      what: handover.invokeRole
        ? 'where the API is, the role to assume, and the external ID'
        : 'where the API is',
      text: environmentOf(handover),
    },
    {
      name: 'caller.ts',
      what: 'a call, ready to run',
      text: inProjectScope(codeOf(handover, contract)),
    },
    {
      name: 'caller.py',
      what: 'the same in Python',
      text: readFileSync(join(import.meta.dirname, 'caller.py'), 'utf8'),
    },
    {
      name: 'package.json',
      what: 'the packages that the call needs',
      text: inProjectScope(json(manifestOf(handover))),
    },
    {
      name: 'openapi.json',
      what: 'the routes that it may call',
      text: json(restrictDocument(contract.document, routes, apiUrl)),
    },
  ];
}

function manifestOf({ invokeRole }: Handover): object {
  const dependencies = [
    ...(invokeRole === undefined
      ? [['@aws-sdk/credential-providers', '^3.0.0']]
      : [installedPackage('@cross-account-api/assume-role')]),
    installedPackage('@cross-account-api/signed-fetch'),
  ];
  return { private: true, type: 'module', dependencies: Object.fromEntries(dependencies) };
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

function codeOf({ routes, invokeRole, idempotency }: Handover, { operations }: Contract): string {
  const first = firstCallOf(routes, operations);
  const { constants, call } = codeOfCall(first, first.method === 'POST' && idempotency);
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
