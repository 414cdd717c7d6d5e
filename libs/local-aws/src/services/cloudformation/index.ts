import type { Authorizer, Principal } from '@cross-account-api/iam';
import type { Clock } from '../../core/clock.ts';
import { AwsError } from '../../core/errors.ts';
import { queryEndpoint } from '../../protocols/query.ts';
import type { TraceEvent } from '../../trace/event.ts';
import type { ResourceType } from '../resource-type.ts';
import type { StsService } from '../sts/index.ts';
import { actorOf, permitter } from './engine/actor.ts';
import { createDeployer } from './engine/execution/deployer.ts';
import { steadyClock } from './engine/stack.ts';
import { validationError } from './engine/template/errors.ts';
import { createSamExpander, type SamExpander } from './engine/template/sam.ts';
import { changeSetOperations } from './operations/change-sets.ts';
import { describeOperations } from './operations/describe.ts';
import { driftOperations } from './operations/drift.ts';
import type { StackTools } from './operations/operation.ts';
import { outputReader } from './operations/read-output.ts';
import { stackOperations } from './operations/stacks.ts';
import { cdkMetadataType } from './resources/cdk-metadata.ts';
import { StackStore } from './store.ts';

/** Options of {@link createCloudFormationService}. */
export interface CloudFormationOptions extends Pick<StackTools, 'templates' | 'ssm'> {
  readonly clock: Clock;
  /** The supported resource types. A template with another type is refused; the error names the type. */
  readonly resourceTypes: readonly ResourceType[];
  /** Decides whether the principal that changes a stack may change its resources. */
  readonly authorizer: Authorizer;
  /** Starts a session of a service role. */
  assumeRole(roleArn: string): Promise<Principal>;
  /** Assumes the role of a template's `Fn::GetStackOutput` for the principal that changes the stack. */
  readonly assumeRoleFor: StsService['assumeRoleFor'];
  /** Whether local AWS has an account. */
  readonly hasAccount: (accountId: string) => boolean;
  /** Receives each denial of a change that CloudFormation tried to make. */
  onRefusal(event: TraceEvent): void;
  /** Default: AWS's translator, with the first Python of this process's environment that has it. */
  readonly expandSam?: SamExpander;
}

/** AWS CloudFormation: keeps stacks in memory. Other services hold their resources. */
export function createCloudFormationService(options: CloudFormationOptions) {
  const { clock, templates, ssm, hasAccount } = options;
  const types = new Map([...options.resourceTypes, cdkMetadataType].map((type) => [type.typeName, type]));
  const permit = permitter(options.authorizer, options.onRefusal);
  const store = new StackStore();
  const readOutput = outputReader(store, permit, options.assumeRoleFor);
  const tools = { store, types, permit, readOutput, hasAccount };
  const engine: StackTools = {
    ...tools,
    // A plan asks, too, but its denials are not those of a change.
    foreseeOutput: outputReader(
      store,
      permitter(options.authorizer, () => {}),
      options.assumeRoleFor,
    ),
    now: steadyClock(clock),
    deployer: createDeployer(tools),
    templates,
    ssm,
    expandSam: options.expandSam ?? createSamExpander(),
    async actor(call, roleArn, clientRequestToken) {
      try {
        const role = roleArn === undefined ? undefined : await options.assumeRole(roleArn);
        return actorOf(call, role, clientRequestToken);
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        throw validationError(`Role ${roleArn} is invalid or cannot be assumed`);
      }
    },
  };
  return {
    endpoint: queryEndpoint({
      signingName: 'cloudformation',
      version: '2010-05-15',
      namespace: 'http://cloudformation.amazonaws.com/doc/2010-05-15/',
      operations: [
        ...stackOperations(engine),
        ...changeSetOperations(engine),
        ...driftOperations(engine),
        ...describeOperations(engine),
      ],
    }),
    /** The resource types that CloudFormation itself provides. Every template may use them. */
    resourceTypes: [cdkMetadataType],
    /** The deployed resources of all stacks. `isInert`: the type has no effect in local AWS. */
    stackResources: () =>
      tools.store.active().flatMap((stack) =>
        stack.deployedResources().map(
          ([
            logicalId,
            {
              type: { typeName: type, isInert },
              state,
            },
          ]) => {
            const { accountId, name: stackName } = stack;
            return { accountId, stackName, logicalId, physicalId: state.physicalId, type, isInert };
          },
        ),
      ),
    /** Resolves when no stack is in progress. */
    idle: () => engine.deployer.idle(),
  };
}
