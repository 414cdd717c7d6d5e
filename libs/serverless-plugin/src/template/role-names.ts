import type { TemplateStep } from '../deployment.ts';
import { withRoomForRegion } from '../settings/names.ts';

/**
 * Shortens the suffix of the region in names of roles that would exceed the 64 characters that IAM takes: `roleSuffix` of the settings is
 * the same text in each name of serverless.yml. Other names stay.
 */
export const fitRoleNames: TemplateStep = ({ Resources }, { settings: { roleSuffix } }) => {
  for (const { Type, Properties } of Object.values(Resources)) {
    if (Type !== 'AWS::IAM::Role' || typeof Properties.RoleName !== 'string') continue;
    Properties.RoleName = withRoomForRegion(Properties.RoleName, roleSuffix);
  }
};
