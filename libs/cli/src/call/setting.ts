import type { ApiFacts } from '@cross-account-api/iam/explanation';
import type { Change, SettingChange } from './link.ts';

export function settingOf({
  region,
  accountId,
}: ApiFacts): Pick<SettingChange, 'change' | 'service' | 'region'> & { readonly accountId: string } {
  return { change: 'setting', service: 'apigateway', region, accountId };
}

export function updateApi(api: ApiFacts, patchOperations: readonly object[]): Change {
  return { ...settingOf(api), operation: 'UpdateRestApi', input: { restApiId: api.apiId, patchOperations } };
}

export function redeploy(api: ApiFacts, stageName: string): Change {
  return { ...settingOf(api), operation: 'CreateDeployment', input: { restApiId: api.apiId, stageName } };
}
