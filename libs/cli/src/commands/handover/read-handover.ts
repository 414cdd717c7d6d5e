import { OWN_API, readServices } from '@cross-account-api/serverless-plugin';
import { ReadError, requireRead } from '../../aws/read-error.ts';
import { walkCall } from '../../call/walk-call.ts';
import { callWith } from '../../call-of.ts';
import { projectRoot } from '../../project/project.ts';
import { openApi } from '../../stage/open-stage.ts';
import { resolveFurtherCaller } from '../../stage/resolve-stage.ts';

/** The role in account A that a caller assumes. */
export interface InvokeRole {
  readonly arn: string;
  readonly externalId: string;
  readonly sessionName: string;
}

/** The facts for the team of a further caller. */
export interface Handover {
  readonly stage: string;
  /** A name for the API, for the caller's project: what its service is called, at the length that a project takes. */
  readonly api: string;
  readonly caller: string;
  /** The caller's account. */
  readonly accountId: string;
  /** The caller's role, which must have exactly this ARN. */
  readonly roleArn: string;
  readonly region: string;
  readonly apiUrl: string;
  /** What the ARNs of the stage's routes begin with. */
  readonly apiArn: string;
  readonly apiAccountId: string;
  /** The role that the caller assumes. Absent if the API admits the caller's own role. */
  readonly invokeRole: InvokeRole | undefined;
  /** @example ['GET /whoami'] */
  readonly routes: readonly string[];
  /** The policy that the caller's role needs in its own account. */
  readonly policy: object;
  /** The AWS organization that the caller's account must be in, if the stage trusts one only. */
  readonly organizationId: string | undefined;
}

/**
 * Reads the resources of a further caller in account A, and makes sure that they let the caller in.
 * @param environment the process's own, which the AWS SDK reads
 * @throws ReadError if there is no such caller, or if its deployment does not match services/stages.yml
 */
export async function readHandover(
  stage: string,
  name: string,
  localAwsRoot: string,
  environment: NodeJS.ProcessEnv,
): Promise<Handover> {
  const open = await openApi(stage, localAwsRoot, environment, 'handover');
  try {
    const { call, further, open: asIfDone } = await resolveFurtherCaller(open, name);
    const { links } = (await walkCall(call, asIfDone)).chain;
    // The VPC endpoint can be in an account that neither side reads.
    const broken = links.filter(
      ({ state, kind }) => state === 'breaks' || (state === 'unread' && kind !== 'VPC endpoint'),
    );
    requireRead(
      broken.flatMap(({ unread = [] }) => unread),
      'handover',
      stage,
    );
    if (broken.length > 0) {
      throw new ReadError(
        'NOT_DEPLOYED',
        `What is deployed does not let ${name} in as services/stages.yml says: ${broken.map(({ title }) => title).join('; ')}. Deploy it: npx sls api:deploy --stage ${stage}. ${callWith('explain', `--stage ${stage} --caller ${name}`)} shows why.`,
      );
    }
    const { policy, apiArn } = further;
    const { accountId, roleArn, routes } = further.caller;
    const { roleArn: invokeRoleArn, externalId, sessionName } = call;
    return {
      stage,
      api: nameOfApi(),
      caller: name,
      accountId,
      roleArn,
      apiUrl: call.api?.url ?? '',
      apiArn,
      routes,
      policy,
      invokeRole:
        invokeRoleArn === undefined || externalId === undefined || sessionName === undefined
          ? undefined
          : { arn: invokeRoleArn, externalId, sessionName },
      region: open.region,
      apiAccountId: open.api.accountId,
      organizationId: open.settings.organizationId,
    };
  } finally {
    open.close();
  }
}

function nameOfApi(): string {
  const name = (readServices(projectRoot()).api?.name ?? 'other').toLowerCase().slice(0, 20);
  return name === OWN_API ? 'other' : name;
}
