import { arnOf, iamArnOf, type TemplateStep } from '../deployment.ts';
import { boundaryOf, type StageSettings } from '../settings/read.ts';

/** Gives every role the path and the permissions boundary of the settings `rolePath` and `permissionsBoundary`. */
export const guardRoles: TemplateStep = ({ Resources }, { service, settings }) => {
  const { rolePath } = settings;
  const boundary = boundaryOf(settings, service);
  for (const { Type, Properties } of Object.values(Resources)) {
    if (Type !== 'AWS::IAM::Role') continue;
    // To CloudFormation, "/" differs from no path, and a role with a name cannot get another path.
    if (rolePath !== '/') Properties.Path = rolePath;
    if (boundary !== undefined) {
      Properties.PermissionsBoundary = iamArnOf(`policy/${boundary}`);
    }
  }
};

/**
 * Gives every log group the retention of the setting `logRetentionInDays`, unless serverless.yml gives it another one. The framework's own
 * setting refuses 1096 days, which AWS accepts.
 */
export const retainLogs: TemplateStep = ({ Resources }, { settings: { logRetentionInDays } }) => {
  for (const { Type, Properties } of Object.values(Resources)) {
    if (Type === 'AWS::Logs::LogGroup') Properties.RetentionInDays ??= logRetentionInDays;
  }
};

/** Encrypts every log group with the KMS key of a setting, unless serverless.yml gives it another one. */
export const encryptLogs =
  (setting: 'apiLogKeyId' | 'callerLogKeyId'): TemplateStep =>
  ({ Resources }, { settings: { [setting]: keyId } }: { readonly settings: StageSettings }) => {
    if (keyId === undefined) return;
    for (const { Type, Properties } of Object.values(Resources)) {
      if (Type === 'AWS::Logs::LogGroup') Properties.KmsKeyId ??= arnOf('kms', `key/${keyId}`);
    }
  };
