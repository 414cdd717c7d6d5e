import { type ApiFacts, routeName } from '@cross-account-api/iam/explanation';
import type { ServedStage } from '../../aws/served-stage.ts';
import { findRoute, type MethodAndPath } from '../find-route.ts';
import { type About, broken, type Link, sound } from '../link.ts';
import { redeploy } from '../setting.ts';

/** Whether a stage serves a route. A route is served from the next deployment on. */
export function judgeDeployment(asked: MethodAndPath, api: ApiFacts, stage: ServedStage): Link {
  const name = routeName(asked);
  const about: About = { kind: 'deployment', title: `stage ${stage.name} serves ${name}` };
  const served = findRoute(asked, stage.routes);
  const configured = findRoute(asked, api.routes);
  const of = stage.deployedAt === undefined ? '' : ` of ${stage.deployedAt.toISOString()}`;
  if (stage.routesUnknown === true) {
    const now = configured === undefined ? 'The API does not have it now' : 'The API has it now';
    return {
      ...about,
      state: 'unread',
      remedies: [],
      ...noteOf(refusingFirst(stage, configured?.apiKeyRequired)),
      problem: `AWS does not say which routes the deployment${of} has (GetDeployment without apiSummary). ${now}: if it was changed since, deploy the API.`,
    };
  }
  if (served === undefined && configured === undefined) {
    const known = stage.routes.map(routeName).slice(0, 20);
    const answer = api.protocol === 'HTTP' ? '404 Not Found' : '403 Missing Authentication Token';
    return broken(
      about,
      `Neither the API nor its deployment${of} has ${name}: API Gateway answers ${answer}. The stage serves ${known.join(', ') || 'nothing'}.`,
    );
  }
  if (served === undefined) {
    return broken(
      about,
      `The API has ${name}, and the deployment${of}, which the stage serves, does not: API Gateway answers 403 Missing Authentication Token. Deploy the API.`,
      [redeploy(api, stage.name)],
    );
  }
  const notes = [
    stage.deploymentProblem,
    configured === undefined && 'The API no longer has it: it ends with the next deployment.',
    configured !== undefined &&
      configured.authorizationType !== served.authorizationType &&
      `The deployment has authorization ${served.authorizationType}, and the API ${configured.authorizationType} from the next deployment on.`,
    ...refusingFirst(stage, served.apiKeyRequired),
  ].filter((note) => typeof note === 'string');
  return sound(about, noteOf(notes).note);
}

/** What can refuse a request before IAM is asked. */
function refusingFirst({ webAclArn }: ServedStage, apiKeyRequired = false): string[] {
  return [
    apiKeyRequired && 'It requires an API key: without the header x-api-key, the answer is 403 Forbidden.',
    webAclArn !== undefined &&
      `AWS WAF sees requests first, and can answer 403 Forbidden; its rules are not looked at: ${webAclArn}.`,
  ].filter((note) => note !== false);
}

function noteOf(notes: readonly string[]): { readonly note?: string } {
  return notes.length === 0 ? {} : { note: notes.join(' ') };
}
