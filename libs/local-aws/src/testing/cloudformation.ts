import { setTimeout } from 'node:timers/promises';
import { XMLParser } from 'fast-xml-parser';
import { domainOf } from '../core/aws-domains.ts';
import type { Actor } from './actor.ts';

/** A deployed stack. */
export interface DeployedStack {
  readonly stackName: string;
  /** The outputs of the stack, by name. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** The content of a stack. */
export interface StackContent {
  readonly stackName: string;
  /** JSON or YAML. */
  readonly template: string;
  /** The URL in S3 of a template that is too long for a request. */
  readonly templateUrl?: string | undefined;
  readonly parameters: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

/** A stack could not be deployed. The message has the first failure, as CloudFormation reports it. */
export class DeploymentError extends Error {
  override readonly name = 'DeploymentError';
  readonly code = 'DeploymentFailed';
}

/** CloudFormation's limit of `TemplateBody`, in bytes (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html). */
export const MOST_TEMPLATE_BYTES = 51_200;

/** Local AWS is as quick as its resources: a deployment of a few functions takes a few of these. */
const POLL_MS = 10;

const parser = new XMLParser({ parseTagValue: false, ignoreAttributes: true });

type Document = Readonly<Record<string, unknown>>;

/** CloudFormation in a region, as an actor uses it. */
export class CloudFormation {
  readonly #actor: Pick<Actor, 'fetch'>;
  readonly #region: string;

  constructor(actor: Pick<Actor, 'fetch'>, region: string) {
    this.#actor = actor;
    this.#region = region;
  }

  /** Creates a stack, or updates it, with a change set as the CLI does. @throws DeploymentError */
  async deploy(content: StackContent): Promise<DeployedStack> {
    const { stackName: StackName, template, templateUrl, parameters, tags } = content;
    const earlier = await this.#status(StackName);
    const ChangeSetName = `testing-${crypto.randomUUID()}`;
    const named = { StackName, ChangeSetName };
    await this.#call('CreateChangeSet', {
      ...named,
      ChangeSetType: earlier === undefined || earlier === 'REVIEW_IN_PROGRESS' ? 'CREATE' : 'UPDATE',
      ...(templateUrl === undefined ? { TemplateBody: template } : { TemplateURL: templateUrl }),
      ...members('Capabilities', ['CAPABILITY_NAMED_IAM', 'CAPABILITY_AUTO_EXPAND']),
      ...pairs('Parameters', 'ParameterKey', 'ParameterValue', parameters),
      ...pairs('Tags', 'Key', 'Value', tags),
    });
    const changeSet = await this.#settled(() => this.#call('DescribeChangeSet', named), 'Status');
    if (changeSet.Status !== 'CREATE_COMPLETE') {
      const reason = String(changeSet.StatusReason ?? '');
      if (!/didn't contain changes|No updates are to be performed/.test(reason)) {
        throw new DeploymentError(`Stack ${StackName}: the change set is ${changeSet.Status}. ${reason}`);
      }
      await this.#call('DeleteChangeSet', named);
      return { stackName: StackName, outputs: await this.outputs(StackName) };
    }
    await this.#call('ExecuteChangeSet', named);
    const stack = await this.#settled(() => this.#stack(StackName), 'StackStatus');
    if (!/^(CREATE|UPDATE)_COMPLETE$/.test(String(stack.StackStatus))) {
      throw new DeploymentError(
        `Stack ${StackName} is ${stack.StackStatus}. ${await this.#firstFailure(StackName)}`,
      );
    }
    return { stackName: StackName, outputs: outputsOf(stack) };
  }

  /** The outputs of a stack. */
  async outputs(stackName: string): Promise<Readonly<Record<string, string>>> {
    return outputsOf(await this.#stack(stackName));
  }

  /** The physical ID of a resource. */
  async physicalId(StackName: string, LogicalResourceId: string): Promise<string> {
    const { StackResourceDetail } = await this.#call('DescribeStackResource', {
      StackName,
      LogicalResourceId,
    });
    return String((StackResourceDetail as Document).PhysicalResourceId);
  }

  async exists(stackName: string): Promise<boolean> {
    return (await this.#status(stackName)) !== undefined;
  }

  async #status(stackName: string): Promise<string | undefined> {
    try {
      return String((await this.#stack(stackName)).StackStatus);
    } catch (error) {
      if (error instanceof DeploymentError && error.message.includes('does not exist')) return undefined;
      throw error;
    }
  }

  async #stack(StackName: string): Promise<Document> {
    const { Stacks } = await this.#call('DescribeStacks', { StackName });
    const [stack] = listOf(Stacks);
    if (stack === undefined) throw new DeploymentError(`Stack ${StackName} does not exist.`);
    return stack;
  }

  async #settled(describe: () => Promise<Document>, member: string): Promise<Document> {
    for (;;) {
      const described = await describe();
      if (!/(IN_PROGRESS|PENDING)$/.test(String(described[member]))) return described;
      await setTimeout(POLL_MS);
    }
  }

  async #firstFailure(StackName: string): Promise<string> {
    const { StackEvents } = await this.#call('DescribeStackEvents', { StackName });
    // The latest come first.
    const all = listOf(StackEvents);
    const begin = all.findIndex(({ ResourceStatusReason }) => ResourceStatusReason === 'User Initiated');
    const events = begin < 0 ? all : all.slice(0, begin);
    const failed =
      // What was cancelled because of the first failure says nothing.
      events.findLast(
        ({ ResourceStatus, ResourceStatusReason }) =>
          String(ResourceStatus).endsWith('_FAILED') && !/cancelled/i.test(String(ResourceStatusReason)),
      ) ??
      // It failed before the first resource.
      events.findLast(({ ResourceStatus }) => /ROLLBACK_IN_PROGRESS$/.test(String(ResourceStatus)));
    if (failed === undefined) return '';
    const { LogicalResourceId, ResourceType, ResourceStatus, ResourceStatusReason } = failed;
    return `${LogicalResourceId} (${ResourceType}) is ${ResourceStatus}: ${ResourceStatusReason}`;
  }

  /** @throws DeploymentError with AWS's message */
  async #call(Action: string, parameters: Readonly<Record<string, string>>): Promise<Document> {
    const response = await this.#actor.fetch(
      `https://cloudformation.${this.#region}.${domainOf(this.#region)}/`,
      { method: 'POST', body: new URLSearchParams({ Action, Version: '2010-05-15', ...parameters }) },
    );
    const document = parser.parse(await response.text()) as Record<string, Document>;
    if (response.ok) return (document[`${Action}Response`]?.[`${Action}Result`] ?? {}) as Document;
    const { Code, Message } = (document.ErrorResponse?.Error ?? {}) as Document;
    throw new DeploymentError(`${Action} for stack ${parameters.StackName}: ${Code}: ${Message}`);
  }
}

/** @example members('Capabilities', ['A']) // { 'Capabilities.member.1': 'A' } */
function members(name: string, values: readonly string[]): Record<string, string> {
  return Object.fromEntries(values.map((value, index) => [`${name}.member.${index + 1}`, value]));
}

function pairs(
  name: string,
  key: string,
  value: string,
  values: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([each, text], index) => [
      [`${name}.member.${index + 1}.${key}`, each],
      [`${name}.member.${index + 1}.${value}`, text],
    ]),
  );
}

function outputsOf({ Outputs }: Document): Record<string, string> {
  return Object.fromEntries(
    listOf(Outputs).map(({ OutputKey, OutputValue }) => [String(OutputKey), String(OutputValue)]),
  );
}

/** The members of a list in an answer. An empty list is an empty text, and a single member is no array. */
function listOf(list: unknown): readonly Document[] {
  const { member = [] } = (typeof list === 'object' && list !== null ? list : {}) as {
    readonly member?: unknown;
  };
  return [member].flat() as readonly Document[];
}
