import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { AssumeRoleCommand, type AssumeRoleCommandInput, STSClient } from '@aws-sdk/client-sts';
import { nameOf } from '../../../call/pair.ts';
import { apiAgent, type ProbeKeys, prepare, send } from '../../../probes/send-signed.ts';
import { CALLER_ACCOUNT, createStack, startTestPair } from '../../../stage/test-pair.testing.ts';
import { updateStack } from '../call-pair.testing.ts';
import { controlPolicy } from './documents.testing.ts';
import type { CallValues, Place } from './place.testing.ts';
import { REGION } from './templates.testing.ts';

/** Starts local AWS as a place for pairs. */
export async function startLocal(): Promise<Place> {
  const { aws, root, sdk, close } = await startTestPair({ deploy: false });
  const localNetwork = { proxy: aws.url, caFile: join(root, '.local-aws/ca.pem') };
  const agent = await apiAgent({ localNetwork, accounts: new Map() }, process.env);
  const callerLambda = new LambdaClient(sdk(CALLER_ACCOUNT));
  return {
    variables: {
      AWS_CONFIG_FILE: join(root, '.local-aws/config'),
      AWS_SHARED_CREDENTIALS_FILE: join(root, '.local-aws/credentials'),
    },
    sdk,
    createStack: (accountId, name, template) => createStack(sdk(accountId), name, template),
    updateStack: (accountId, name, template) => updateStack(sdk(accountId), name, template),
    controlPolicy: (kind, accountId) => controlPolicy(aws, kind, accountId),
    vpcEndpointIds: { admitted: 'vpce-0a1b2c3d', other: 'vpce-0ffffffff' },
    async call(values) {
      try {
        const { FunctionError, Payload } = await callerLambda.send(
          new InvokeCommand({ FunctionName: values.caller }),
        );
        const payload = Payload?.transformToString() ?? '';
        if (FunctionError !== undefined) return { succeeds: false, answer: payload };
        const keys = await signingKeys(aws.url, values, JSON.parse(payload));
        let answer = '';
        for (const route of values.route ?? []) {
          const [method = '', path = ''] = route.split(' ');
          const [region = REGION] = values['signed-for']?.split('/') ?? [];
          const probe = { kind: 'send' as const, request: { method, path }, fault: { region } };
          const wire = await prepare(probe, { url: values.api ?? '', region: REGION, now: new Date() }, keys);
          const { status, body } = await send(wire, agent);
          answer = `${status} ${body}`;
          if (status !== 200) return { succeeds: false, answer };
        }
        return { succeeds: true, answer };
      } catch (error) {
        return { succeeds: false, answer: String(error) };
      }
    },
    async close() {
      agent?.destroy();
      callerLambda.destroy();
      await close();
    },
  };
}

/** The credentials with which a function signs: its own, or those of the role that it assumes. */
async function signingKeys(
  endpoint: string,
  values: CallValues,
  keys: ProbeKeys & { readonly sessionToken: string },
): Promise<ProbeKeys> {
  if (values.role === undefined) return keys;
  const { 'session-policy': sessionPolicy } = values;
  const sts = new STSClient({ endpoint, region: REGION, credentials: keys, maxAttempts: 1 });
  try {
    const { Credentials: issued } = await sts.send(
      new AssumeRoleCommand({
        RoleArn: values.role,
        RoleSessionName: values['session-name'] ?? nameOf(values.caller ?? ''),
        ExternalId: values['external-id'],
        ...sessionKeys(values.context),
        ...(sessionPolicy !== undefined && { Policy: await readFile(sessionPolicy, 'utf8') }),
        ...(values.duration !== undefined && { DurationSeconds: Number(values.duration) }),
      }),
    );
    return {
      accessKeyId: issued?.AccessKeyId ?? '',
      secretAccessKey: issued?.SecretAccessKey ?? '',
      sessionToken: issued?.SessionToken,
    };
  } finally {
    sts.destroy();
  }
}

/** The tags and the source identity of AssumeRole, from the option --context. */
function sessionKeys(
  context: readonly string[] = [],
): Pick<AssumeRoleCommandInput, 'Tags' | 'SourceIdentity'> {
  const entries = context.map((entry) => {
    const [key = '', ...value] = entry.split('=');
    return { key, value: value.join('=') };
  });
  const tag = 'aws:RequestTag/';
  return {
    Tags: entries
      .filter(({ key }) => key.startsWith(tag))
      .map(({ key, value }) => ({ Key: key.slice(tag.length), Value: value })),
    SourceIdentity: entries.find(({ key }) => key === 'sts:SourceIdentity')?.value,
  };
}
