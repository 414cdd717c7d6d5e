import type { Authorizer } from '@cross-account-api/iam';
import { defined } from '../core/defined.ts';
import { AwsError } from '../core/errors.ts';
import type { Directory, TemporaryCredential } from './directory.ts';

interface ServiceRoleRequest {
  readonly roleArn: string;
  /** e.g. `lambda.amazonaws.com` */
  readonly service: string;
  readonly sessionName: string;
  /** Default 3,600. The role's maximum does not apply to services. */
  readonly durationSeconds?: number;
  /** The function that the role is assumed for: `lambda:SourceFunctionArn` in the session's requests. */
  readonly sourceFunctionArn?: string;
}

/** Gives AWS services the credentials of roles that trust them. */
export type ServiceRoles = ReturnType<typeof createServiceRoles>;

/** Gives AWS services the credentials of roles that trust them. Evaluates the trust policy each time. */
export function createServiceRoles(directory: Directory, authorizer: Authorizer) {
  async function trusting({ roleArn, service }: Pick<ServiceRoleRequest, 'roleArn' | 'service'>) {
    const role = directory.roles.findByArn(roleArn);
    if (role === undefined) return undefined;
    const decision = await authorizer.decide({
      principal: { type: 'Service', service },
      action: 'sts:AssumeRole',
      resource: role.arn,
      resourceAccountId: role.accountId,
      context: { 'aws:PrincipalServiceName': service, 'aws:PrincipalIsAWSService': 'true' },
      resourcePolicy: directory.roles.trustPolicy(role),
    });
    return decision.allowed ? role : undefined;
  }

  return {
    /** Whether the role exists and its trust policy lets the service assume it. */
    isTrusting: async (request: Pick<ServiceRoleRequest, 'roleArn' | 'service'>) =>
      (await trusting(request)) !== undefined,
    async assume(request: ServiceRoleRequest): Promise<TemporaryCredential> {
      const role = await trusting(request);
      if (role === undefined) {
        const isLambda = request.service === 'lambda.amazonaws.com';
        const message = isLambda
          ? 'The role defined for the function cannot be assumed by Lambda.'
          : `The role cannot be assumed by ${request.service}.`;
        throw new AwsError('InvalidParameterValueException', message);
      }
      const { sessionName, durationSeconds = 3_600, sourceFunctionArn } = request;
      return directory.beginSession(defined({ role, durationSeconds, sessionName, sourceFunctionArn }));
    },
  };
}
