import { execFileSync } from 'node:child_process';
import type { TypeSchema } from './handler-actions.ts';

/** The commit of https://github.com/pulumi/pulumi-aws-native, which copies AWS's resource schemas each week (Apache-2.0). */
export const SCHEMAS_COMMIT = '2915896675a28fa350b72cc3c9b27a9a1368c1bc';

/** The resource types of both services and of what invokes their functions, other than those without effect in local AWS. */
export const deployedTypes: readonly string[] = [
  'AWS::ApiGateway::BasePathMapping',
  'AWS::ApiGateway::Deployment',
  'AWS::ApiGateway::DomainName',
  'AWS::ApiGateway::Method',
  'AWS::ApiGateway::Resource',
  'AWS::ApiGateway::RestApi',
  'AWS::ApiGateway::Stage',
  'AWS::DynamoDB::Table',
  'AWS::IAM::Role',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  'AWS::Logs::LogGroup',
  'AWS::S3::Bucket',
  'AWS::S3::BucketPolicy',
];

interface Permissions {
  readonly permissions?: readonly string[];
}

/** The parts of AWS's schema of a resource type that have permissions. Types without handlers are older than these schemas. */
interface ResourceSchema {
  readonly properties: object;
  readonly handlers?: Readonly<Record<'create' | 'read' | 'update' | 'delete', Permissions | undefined>>;
  readonly tagging?: Permissions;
}

/**
 * Reads the schemas of types at {@link SCHEMAS_COMMIT}.
 * @param clone the folder of a clone of pulumi-aws-native
 * @throws Error if the clone does not have the commit or the type
 */
export function readResourceSchemas(clone: string, types: readonly string[]): readonly TypeSchema[] {
  return types.map((type) => {
    const file = `aws-cloudformation-schema/${type.toLowerCase().replaceAll('::', '-')}.json`;
    const text = execFileSync('git', ['-C', clone, 'show', `${SCHEMAS_COMMIT}:${file}`], {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    const { properties, handlers, tagging }: ResourceSchema = JSON.parse(text);
    const listed = ({ permissions = [] }: Permissions = {}) => permissions;
    return {
      type,
      properties: Object.keys(properties).sort(),
      handlers:
        handlers === undefined
          ? {}
          : {
              create: listed(handlers.create),
              read: listed(handlers.read),
              update: listed(handlers.update),
              delete: listed(handlers.delete),
            },
      tagging: listed(tagging),
    };
  });
}
