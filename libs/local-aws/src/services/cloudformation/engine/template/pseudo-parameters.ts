import { likelyPartitionOf } from '@cross-account-api/iam';
import type { Scope } from '../../../../core/scope.ts';
import type { Json } from './json.ts';

/** Whether `Ref` knows a name in every template. */
export function isPseudoParameter(name: string): boolean {
  return /^AWS::(AccountId|NoValue|NotificationARNs|Partition|Region|StackId|StackName|URLSuffix)$/.test(
    name,
  );
}

/**
 * Values of the pseudo parameters, except `AWS::NoValue`, which has none
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html).
 */
export function pseudoParameters(
  stack: Scope & { readonly name: string; readonly id: string },
): readonly (readonly [name: string, value: Json])[] {
  const { name: partition, dnsSuffix } = likelyPartitionOf(stack.region);
  return [
    ['AWS::AccountId', stack.accountId],
    ['AWS::NotificationARNs', []],
    ['AWS::Partition', partition],
    ['AWS::Region', stack.region],
    ['AWS::StackId', stack.id],
    ['AWS::StackName', stack.name],
    ['AWS::URLSuffix', dnsSuffix],
  ];
}
