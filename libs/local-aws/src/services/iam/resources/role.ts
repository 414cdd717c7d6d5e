import { requestTagKeys } from '@cross-account-api/iam';
import * as v from 'valibot';
import type { Directory } from '../../../identity/directory.ts';
import type { Role } from '../../../identity/holders.ts';
import { iamArn } from '../../../identity/identifiers.ts';
import { templateTags, wholeNumber } from '../../../protocols/shapes.ts';
import { deploymentPermissions } from '../../deployment-permissions.ts';
import type { ResourceContext, ResourcePermission, ResourceType } from '../../resource-type.ts';
import { boundaryContext, permissionOn, shapes, tagEntries } from '../operations/operation.ts';
import { type Rights, readRights, rights, rightsPermissions, setRights } from './rights.ts';

const properties = v.strictObject({
  AssumeRolePolicyDocument: shapes.templatePolicy,
  Description: v.optional(shapes.description),
  ...rights,
  MaxSessionDuration: v.optional(wholeNumber(3_600, 43_200), 3_600),
  Path: v.optional(shapes.path),
  RoleName: v.optional(shapes.holderName),
  Tags: v.optional(templateTags),
});

type Properties = v.InferOutput<typeof properties>;

const TYPE = 'AWS::IAM::Role';

/** `AWS::IAM::Role`: `Ref` is the name; attributes `Arn` and `RoleId`. */
export function roleType(directory: Directory): ResourceType<typeof properties> {
  const { roles } = directory;
  const nameFor = ({ RoleName }: Properties, context: ResourceContext) =>
    RoleName ?? context.generateName({ maxLength: 64 });
  /** The stack's tags, overridden by the role's tags. */
  const tagsFor = ({ Tags = [] }: Partial<Properties>, context: ResourceContext) => ({
    ...context.tags,
    ...tagEntries(Tags),
  });
  const stateOf = ({ name, arn, uniqueId }: Role) => ({
    physicalId: name,
    attributes: { Arn: arn, RoleId: uniqueId },
  });

  return {
    typeName: TYPE,
    properties,
    replacedBy: ['Path', 'RoleName'],
    requires(change) {
      const { accountId, handler, current, properties: wanted } = change;
      const name = current?.physicalId ?? nameFor(wanted, change);
      const before: Rights = handler === 'create' ? {} : (change.previous ?? wanted);
      const after: Partial<Properties> = handler === 'delete' ? {} : wanted;
      const { PermissionsBoundary: boundary } = after;
      const permission = (operation: string, context = {}): ResourcePermission => ({
        action: `iam:${operation}`,
        ...(handler === 'create'
          ? {
              resource: iamArn(accountId, 'role', wanted.Path ?? '/', name),
              context: { ...boundaryContext(boundary), ...context },
            }
          : permissionOn(directory, 'role', accountId, name, context)),
      });
      const tags = requestTagKeys(
        Object.entries(tagsFor(after, change)).map(([Key, Value]) => ({ Key, Value })),
      );
      const ofRights = rightsPermissions('Role', handler, permission, after, before);
      return deploymentPermissions(TYPE, change, (action) => {
        const some = ofRights.filter((each) => each.action === action);
        return some.length > 0
          ? some
          : permission(action.replace('iam:', ''), /:(?:Create|Tag|Untag)Role$/.test(action) ? tags : {});
      });
    },
    async create(input, context) {
      const { accountId } = context;
      const name = nameFor(input, context);
      const role = roles.create(accountId, {
        name,
        path: input.Path,
        permissionsBoundary: input.PermissionsBoundary,
        tags: tagsFor(input, context),
        trustPolicy: input.AssumeRolePolicyDocument,
        description: input.Description,
        maxSessionDuration: input.MaxSessionDuration,
      });
      try {
        setRights(roles, accountId, name, input, {});
      } catch (error) {
        // The stack does not know the role yet, so nothing else could delete it.
        setRights(roles, accountId, name, {}, input);
        roles.delete(accountId, name);
        throw error;
      }
      return stateOf(role);
    },
    async update({ physicalId: name }, input, previous, context) {
      const { accountId } = context;
      const { Description = '', MaxSessionDuration } = input;
      roles.updateTrustPolicy(accountId, name, input.AssumeRolePolicyDocument);
      roles.update(accountId, name, { description: Description, maxSessionDuration: MaxSessionDuration });
      setRights(roles, accountId, name, input, previous);
      const tags = tagsFor(input, context);
      roles.untag(accountId, name, [...roles.get(accountId, name).tags.keys()]);
      roles.tag(accountId, name, tags);
      return stateOf(roles.get(accountId, name));
    },
    read({ physicalId: name }, input, { accountId }) {
      const role = roles.find(accountId, name);
      if (role === undefined) return undefined;
      return {
        AssumeRolePolicyDocument: roles.trustPolicy(role).document,
        Description: role.description,
        MaxSessionDuration: role.maxSessionDuration,
        ...readRights(role, input),
      };
    },
    async delete({ physicalId: name }, input, { accountId }) {
      if (roles.find(accountId, name) === undefined) return;
      setRights(roles, accountId, name, {}, input);
      roles.delete(accountId, name);
    },
  };
}
