import { callWith } from '../../call-of.ts';
import type { Contract } from '../../project/contract.ts';
import { argumentsOf, firstCallOf, typedCodeOfCall } from './first-call.ts';
import type { Handover } from './read-handover.ts';

/**
 * The README for a caller's team, which does not know this project.
 * @param hasPackages whether the folder has our packages
 */
export function readmeOf(handover: Handover, { operations }: Contract, hasPackages: boolean): string {
  const { stage, caller, accountId, roleArn, region, apiUrl, apiAccountId, routes } = handover;
  const { invokeRole, organizationId } = handover;
  const roleName = roleArn.split('/').at(-1) ?? '';
  const first = firstCallOf(routes, operations);
  const hasParameters = Object.keys(first.pathParameters).length > 0;
  const hasPath = /:role\/.+\//.test(roleArn);
  return `# Call the API as \`${caller}\`, stage \`${stage}\`

The API belongs to AWS account ${apiAccountId}:

- URL: ${apiUrl}
- Region: ${region}
- Routes that you may call: ${routes.map((route) => `\`${route}\``).join(', ')}

Your program runs in your account, ${accountId}, as the role \`${roleArn}\`. ${
    invokeRole === undefined
      ? 'It signs its requests as this role.'
      : "It assumes a role in the API's account, with an external ID, and signs its requests as that role."
  } The API trusts your role under exactly this name${hasPath ? ' and path' : ''}, and no other.${
    organizationId === undefined ? '' : ` Your account must be in the AWS organization \`${organizationId}\`.`
  }

## What to do

1. \`policy.json\`: attach it to your role. It allows ${invokeRole === undefined ? 'the calls of your routes' : "AssumeRole on the role in the API's account"}, and nothing else.

   \`\`\`sh
   aws iam put-role-policy --role-name ${roleName} --policy-name call-api --policy-document file://policy.json
   \`\`\`

2. \`caller.env\`: set these environment variables for your program: in the configuration of the Lambda function or the container,
   or as below.
3. \`caller.ts\`: a call of \`${first.method} ${first.path}\`.${hasParameters ? exampleNote : ''} \`package.json\` has the packages that it needs.${hasPackages ? ' The files `*.tgz` are some of them.' : ''}
   Run it with Node 24 and your role's credentials:

   \`\`\`sh
   npm install
   node --env-file=caller.env caller.ts
   \`\`\`

   ${hasPackages ? '' : askForPackages}In a Lambda function, \`handler\` is the handler. In your own program, make \`credentials\` and
   \`api\` once, not for each call. They keep the credentials and replace them before they expire.

   Or \`caller.py\`, the same in Python 3 with boto3. It does not repeat what fails:

   \`\`\`sh
   (set -a; . ./caller.env; python3 caller.py ${argumentsOf(first)})
   \`\`\`

   In a project that was made from cross-account-api, \`stages.yml\` is all that you need of these: copy its entry into
   \`services/stages.yml\`, and name it in the property \`calls\` of a function whose role has the name above.
4. \`openapi.json\`: describes the routes, their requests and responses, for people and for generators of clients. For bodies with types,
   generate those of [openapi-fetch](https://openapi-ts.dev), and add the call to \`caller.ts\`:

   \`\`\`sh
   npm install openapi-fetch@0.17
   npm install --save-dev openapi-typescript@7 typescript@5
   npx openapi-typescript openapi.json -o paths.ts
   \`\`\`

   \`\`\`ts
   import { toFetch } from '@cross-account-api/signed-fetch/fetch';
   import createClient from 'openapi-fetch';
   import type { paths } from './paths.ts';

   const client = createClient<paths>({ baseUrl: API_URL, fetch: toFetch(api) });
   export async function typed() {
     const { data, error } = await ${typedCodeOfCall(first)};
     return data ?? error;
   }
   \`\`\`
${invokeRole === undefined ? '' : externalIdSection}
## If a call is refused

| error | cause |
| --- | --- |
${causes(handover)
  .map(([errors, cause]) => `| ${errors.map((error) => `\`${error}\``).join(', ')} | ${cause} |`)
  .join('\n')}

If none of these is the cause, give the API's team the request ID of the error. With
\`${callWith('explain', `--stage ${stage} --caller ${caller}`)}\` they see whether their side lets you in.
`;
}

const externalIdSection = `
## The external ID

\`EXTERNAL_ID\` is no secret like a key: without your role, nobody can do anything with it. But it is yours. Do not publish it. If it
changes, you get this folder again.
`;

const askForPackages = `If your registry does not have these packages, ask the API's team for their files, which are in \`vendor/\` of its project, or which \`npm run pack\` makes in a clone, and install
   these: \`npm install ./*.tgz\`. `;

const exampleNote = ` Its path parameters are examples. Put values of your own
   there, or the API answers 404: the call got in, but the API has nothing of that name.`;

function causes({ invokeRole, roleArn, region }: Handover): (readonly [errors: string[], cause: string])[] {
  const notAsRole = `your program does not run as \`${roleArn}\`; or the role lacks \`policy.json\``;
  const noWay = 'the program has no credentials, or no way to';
  return invokeRole === undefined
    ? [
        [['AccessDenied'], `${notAsRole}; or the route is not one of yours`],
        [['CredentialsProviderError', 'ConnectionFailed'], `${noWay} the API over HTTPS`],
      ]
    : [
        [['AssumeRoleDenied'], `${notAsRole}; or \`EXTERNAL_ID\` is not as in \`caller.env\``],
        [['AccessDenied'], 'the route is not one of yours'],
        [
          ['CredentialsUnavailable', 'ConnectionFailed'],
          `${noWay} STS in \`${region}\` or to the API over HTTPS`,
        ],
      ];
}
