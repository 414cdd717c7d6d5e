import { arnOf } from '../deployment.ts';
import type { Template } from '../framework.ts';
import { Mistake } from '../mistake.ts';
import { invokeRoleId } from '../settings/names.ts';
import type { StageSettings } from '../settings/read.ts';

/** The prefix of the logical IDs of all invoke roles. */
export const INVOKE_ROLE = 'InvokeRole';

/**
 * The prefix of the ARNs of the API's routes. A resource policy cannot refer to its own API, and need not: AWS replaces
 * `execute-api:` by it.
 */
const API_ARN = arnOf('execute-api', `\${ApiGatewayRestApi}`)['Fn::Sub'];

/** An invoke role of the template: its trust and its routes. */
export interface InvokeRole {
  /** Its logical ID. */
  readonly id: string;
  readonly name: unknown;
  readonly trust: Trust;
  /** As resource policies name them: `execute-api:/dev/GET/whoami`. */
  readonly routes: readonly string[];
}

/** The statement of a trust policy. */
interface Trust {
  readonly Principal: object;
  readonly Condition: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** The properties of an invoke role, as serverless.yml and callers.ts write them. */
interface Properties {
  readonly RoleName?: unknown;
  readonly AssumeRolePolicyDocument: { readonly Statement: readonly Trust[] };
  readonly Policies?: readonly {
    readonly PolicyDocument: {
      readonly Statement: readonly {
        readonly Action: string;
        readonly Resource: readonly { readonly 'Fn::Sub': string }[];
      }[];
    };
  }[];
}

/** The logical IDs of the invoke roles of a stage: that of the first caller, and those that the setting `callers` adds. */
export function invokeRoleIds({ callers }: Pick<StageSettings, 'callers'>): readonly string[] {
  return [INVOKE_ROLE, ...callers.map(({ name }) => invokeRoleId(name))];
}

/**
 * Reads the invoke roles of a template, in its order. Other roles are the owner's, whatever they are called.
 * @throws Mistake if one has more than one statement of each kind, or other routes than those of the API
 */
export function invokeRolesOf(
  { Resources }: Template,
  settings: Pick<StageSettings, 'callers'>,
): InvokeRole[] {
  const ids = invokeRoleIds(settings);
  return Object.entries(Resources)
    .filter(([id]) => ids.includes(id))
    .map(([id, resource]) => {
      const {
        RoleName,
        AssumeRolePolicyDocument,
        Policies = [],
      } = resource.Properties as unknown as Properties;
      const [trust, ...otherTrust] = AssumeRolePolicyDocument.Statement;
      const [rights, ...otherRights] = Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
      const routes = rights?.Resource.map(({ 'Fn::Sub': arn }) => arn.replace(API_ARN, 'execute-api:')) ?? [];
      const isLikeInvokeRole =
        otherTrust.length === 0 &&
        otherRights.length === 0 &&
        rights?.Action === 'execute-api:Invoke' &&
        routes.every((route) => route.startsWith('execute-api:/'));
      if (trust === undefined || !isLikeInvokeRole) {
        throw new Mistake(
          `The role ${id} is not built like InvokeRole in services/api/serverless.yml: one statement says who may assume it, and one which routes it may call. No statement of the API's resource policy can be made of it. Change the role.`,
        );
      }
      return { id, name: RoleName, trust, routes };
    });
}
