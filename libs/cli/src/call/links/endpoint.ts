import type { ApiFacts } from '@cross-account-api/iam/explanation';
import { type About, broken, type Link, sound } from '../link.ts';
import { redeploy, settingOf, updateApi } from '../setting.ts';

/** The address at which a request reaches an API. */
export interface Address {
  readonly url: string;
  /** Whether the host is a custom domain. */
  readonly isCustom: boolean;
  readonly vpcEndpointId?: string | undefined;
}

/**
 * Whether the API answers at the host of the URL. A disabled default endpoint answers 403 Forbidden, and "this setting takes affect
 * when you update any setting on any stage".
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-disable-default-endpoint.html
 */
export function judgeEndpoint(api: ApiFacts, stage: string, address: Address): Link {
  const about: About = {
    kind: 'endpoint',
    title: `API ${api.name} (${api.apiId}) answers at ${hostOf(address.url)}`,
  };
  const { vpcEndpointId, isCustom } = address;
  if (api.privateTo !== undefined) {
    if (isCustom) return sound(about, 'The API is private: its domain must be private, too.');
    if (vpcEndpointId === undefined) {
      return sound(
        about,
        'The API is private: its host name resolves only in a VPC that has an endpoint with private DNS. Give --vpc-endpoint to have its policy judged.',
      );
    }
    if (api.privateTo.includes(vpcEndpointId) || !address.url.includes(vpcEndpointId)) return sound(about);
    return broken(
      about,
      `The API is private, and not associated with ${vpcEndpointId}: the host of the URL does not exist. It is associated with ${api.privateTo.join(', ') || 'no endpoint'}.`,
      [
        updateApi(api, [{ op: 'add', path: '/endpointConfiguration/vpcEndpointIds', value: vpcEndpointId }]),
        redeploy(api, stage),
      ],
    );
  }
  if (vpcEndpointId !== undefined) {
    return broken(
      about,
      `The API is public, and answers at no VPC endpoint. Call it without ${vpcEndpointId}.`,
    );
  }
  if (api.defaultEndpointDisabled === true && !isCustom) {
    const problem = `The API's default endpoint is disabled: it answers ${noSuchStage(api)}. Call it at its custom domain, or enable the endpoint, if nothing forbids it.`;
    if (api.protocol === 'HTTP') {
      const input = { ApiId: api.apiId, DisableExecuteApiEndpoint: false };
      return broken(about, problem, [
        { ...settingOf(api), service: 'apigatewayv2', operation: 'UpdateApi', input },
      ]);
    }
    return broken(about, problem, [
      updateApi(api, [{ op: 'replace', path: '/disableExecuteApiEndpoint', value: 'false' }]),
      redeploy(api, stage),
    ]);
  }
  return sound(about);
}

/** The answer of API Gateway if the API or the stage does not exist. */
export function noSuchStage({ protocol }: ApiFacts): string {
  return protocol === 'HTTP' ? '404 Not Found' : '403 Forbidden';
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
