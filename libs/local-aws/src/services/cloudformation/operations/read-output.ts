import { likelyPartitionOf, type Principal, partitionOf } from '@cross-account-api/iam';
import type { Scope } from '../../../core/scope.ts';
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
 * `cloudformation:DescribeStacks` on the other stack; AWS documents no words for its errors
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getstackoutput.html).
 */
export function outputReader(
  store: StackStore,
  permit: ReturnType<typeof permitter>,
  assumeRoleFor: StsService['assumeRoleFor'],
): OutputReader {
  return async (stack, actor, { StackName, OutputName, Region = stack.region, RoleArn }) => {
    if (partitionOf(Region) === undefined) {
      throw failed(`${Region.slice(0, 100)} is not a region. Correct the Region`);
    }
    const [, partition = ''] = (RoleArn ?? '').split(':');
    const expected = likelyPartitionOf(stack.region).name;
    if (likelyPartitionOf(Region).name !== expected || (RoleArn !== undefined && partition !== expected)) {
      throw failed(`the other stack must be in the partition ${expected}, as this one is`);
    }
    let reader = actor;
    let accountId = stack.accountId;
    if (RoleArn !== undefined) {
      const assumed = assumeRoleFor(actor.principal, RoleArn, SESSION);
      await permit({ actor, accountId, region: stack.region }, assumed.questions, stsDenialMessage);
      const session: Principal = assumed.begin();
      reader = actor.as(session);
      accountId = assumed.accountId;
    }
    const where: Scope = { accountId, region: Region };
    const { principal } = reader;
    const permission = onStack(store, { ...where, principal }, { StackName });
    await permit({ ...where, actor: reader }, [{ ...permission, action: 'cloudformation:DescribeStacks' }]);
    const other = store.find(where, StackName);
    const place = `region ${Region} of account ${accountId}`;
    if (other === undefined) throw failed(`Stack with id ${StackName} does not exist in ${place}`);
    const output = other.outputs.find(({ OutputKey }) => OutputKey === OutputName);
    if (output !== undefined) return output.OutputValue;
    const names = other.outputs.map(({ OutputKey }) => OutputKey).sort();
    throw failed(
      `the stack ${other.name} in ${place} has no output ${OutputName}. It has ${names.join(', ') || 'no outputs'}`,
    );
  };
}

function failed(reason: string) {
  return validationError(`Fn::GetStackOutput: ${reason}`);
}
