import { randomUUID } from 'node:crypto';
import { likelyPartitionOf, type Principal, parseArn, partitionOf } from '@cross-account-api/iam';
import type { Scope } from '../../../core/scope.ts';
import { denialMessage } from '../../../protocols/refusal.ts';
import { type StsService, stsDenialMessage } from '../../sts/index.ts';
import type { permitter } from '../engine/actor.ts';
import type { OutputReader } from '../engine/execution/resource-actions.ts';
import { validationError } from '../engine/template/errors.ts';
import type { StackStore } from '../store.ts';
import { onStack } from './operation.ts';

/** The name of the session in which CloudFormation reads an output with the role of a template. */
const SESSION = 'AWSCloudFormation';

/**
 * Makes the function that evaluates `Fn::GetStackOutput`. The actor assumes the role, if the template names one, and needs
 * `cloudformation:DescribeStacks` on the other stack
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getstackoutput.html).
 * The errors have the words that Floci measured on AWS in October 2026 (https://github.com/floci-io/floci,
 * `CloudFormationGetStackOutputIntegrationTest`), and then what AWS does not say. Nobody has recorded the error for an unknown region.
 */
export function outputReader(
  store: StackStore,
  permit: ReturnType<typeof permitter>,
  assumeRoleFor: StsService['assumeRoleFor'],
): OutputReader {
  return async (stack, actor, { StackName, OutputName, Region = stack.region, RoleArn }) => {
    if (partitionOf(Region) === undefined) {
      throw validationError(
        `Fn::GetStackOutput: ${Region.slice(0, 100)} is not a region. Correct the Region`,
      );
    }
    const { partition } = parseArn(RoleArn ?? '');
    const expected = likelyPartitionOf(stack.region).name;
    if (likelyPartitionOf(Region).name !== expected || (RoleArn !== undefined && partition !== expected)) {
      throw refusedCall(
        { ...CLOUDFORMATION, status: 403, code: 'InvalidClientTokenId' },
        'The security token included in the request is invalid',
        `The other stack must be in the partition ${expected}, as this one is`,
      );
    }
    let reader = actor;
    let accountId = stack.accountId;
    if (RoleArn !== undefined) {
      const assumed = assumeRoleFor(actor.principal, RoleArn, SESSION);
      await permit({ actor, accountId, region: stack.region }, assumed.questions, (decision) =>
        answer({ ...DENIED, service: 'AWSSecurityTokenService' }, stsDenialMessage(decision)),
      );
      const session: Principal = assumed.begin();
      reader = actor.as(session);
      accountId = assumed.accountId;
    }
    const where: Scope = { accountId, region: Region };
    const { principal } = reader;
    const permission = onStack(store, { ...where, principal }, { StackName });
    const describe = { ...permission, action: 'cloudformation:DescribeStacks' };
    await permit({ ...where, actor: reader }, [describe], (decision) =>
      answer({ ...CLOUDFORMATION, ...DENIED }, denialMessage(decision)),
    );
    const other = store.find(where, StackName);
    if (other === undefined) {
      throw refusedCall(
        { ...CLOUDFORMATION, status: 400, code: 'ValidationError' },
        `Stack with id ${StackName} does not exist`,
        `CloudFormation looked in region ${Region} of account ${accountId}`,
      );
    }
    const output = other.outputs.find(({ OutputKey }) => OutputKey === OutputName);
    if (output !== undefined) return output.OutputValue;
    const names = other.outputs.map(({ OutputKey }) => OutputKey).sort();
    throw validationError(
      `TemplateError: Fn::GetStackOutput references output ${OutputName} from stack ${StackName}, but this output was not found. ` +
        `The output may have been deleted. The stack has ${names.length === 0 ? 'no outputs' : `the outputs ${names.join(', ')}`}`,
    );
  };
}

/** The answer of a service to a call that CloudFormation makes. */
interface Answer {
  readonly service: string;
  readonly status: number;
  readonly code: string;
}

const CLOUDFORMATION = { service: 'AmazonCloudFormation' };
const DENIED = { status: 403, code: 'AccessDenied' };

/** The message of a refused call, as AWS's SDK for Java words it. */
function answer({ service, status, code }: Answer, message: string): string {
  return `${message} (Service: ${service}; Status Code: ${status}; Error Code: ${code}; Request ID: ${randomUUID()}; Proxy: null)`;
}

function refusedCall(given: Answer, message: string, more: string) {
  return validationError(`${answer(given, message)}. ${more}`);
}
