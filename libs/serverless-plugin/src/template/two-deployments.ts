import { isDeepStrictEqual } from 'node:util';
import type { TemplateStep } from '../deployment.ts';
import type { Resource, Template } from '../framework.ts';
import { Mistake } from '../mistake.ts';
import { listOf } from '../properties.ts';
import { hash } from '../settings/names.ts';
import { redirectDependencies, referencesIn } from './references.ts';

/** The stack parameter that says which of the template's two deployments the stage is at: `A` or `B`. */
export const DEPLOYMENT_PARAMETER = 'ApiGatewayDeployment';

/** The types whose resources are in the snapshot that a deployment takes. */
const IN_SNAPSHOT: readonly string[] = [
  'AWS::ApiGateway::Authorizer',
  'AWS::ApiGateway::GatewayResponse',
  'AWS::ApiGateway::Method',
  'AWS::ApiGateway::Model',
  'AWS::ApiGateway::RequestValidator',
  'AWS::ApiGateway::Resource',
];

/**
 * Replaces the framework's deployment by two, of which a parameter chooses one for the resource `ApiGatewayStage` of serverless.yml.
 *
 * The framework creates the stage with its deployment, which cannot set throttling or logs: CloudFormation takes a
 * `StageDescription` only as long as there is no such stage, so every deployment after the first would fail.
 *
 * A deployment is a snapshot of the API. CloudFormation takes it too early when a route is removed: an update first creates
 * and changes resources, the deployment among them, and deletes what is no longer in the template only in its clean-up. So
 * the snapshot still holds the removed route. Therefore the template has the deployment twice, each under a condition, and
 * a parameter chooses. If the stage serves other routes than the API has after an update, `serveRoutes` updates the stack once
 * more with the other choice: CloudFormation then takes a new snapshot, without the removed route, moves the stage to it, and
 * deletes the old one.
 *
 * The framework makes a deployment each time, under a new logical ID. Here the ID comes from the template, so a
 * deployment without changes changes nothing. It depends on the whole template, because a method may refer to any resource: if
 * a function gets another name, its method stays the same text. So this must be the last step that changes the template.
 *
 * The framework's deployment waits for the methods of `functions` only. These two wait for all that serverless.yml adds to the API under
 * `resources`, too: a snapshot that CloudFormation takes before would lack it.
 */
export const deployTwice: TemplateStep = (template) => {
  const { Resources } = template;
  const found = Object.entries(Resources).find(([, { Type }]) => Type === 'AWS::ApiGateway::Deployment');
  const { ApiGatewayStage: stage } = Resources;
  if (found === undefined || stage === undefined) {
    throw new Mistake(
      'The template has no AWS::ApiGateway::Deployment or no ApiGatewayStage. services/api/serverless.yml must have a function with an http event, and the resource ApiGatewayStage.',
    );
  }
  const [frameworkId, { Properties: properties, DependsOn, ...deployment }] = found;
  delete Resources[frameworkId];
  // A usage plan and its keys need the stage, which the framework creates with its deployment.
  redirectDependencies(template, frameworkId, 'ApiGatewayStage');
  // The stage is a separate resource.
  const { StageName: _, ...Properties } = properties;
  const id = `ApiGatewayDeployment${fingerprint(Resources)}`;
  const awaited = awaitedBy(Properties.RestApiId, [DependsOn ?? []].flat(), Resources);
  for (const choice of ['A', 'B']) {
    const Condition = `${DEPLOYMENT_PARAMETER}Is${choice}`;
    template.Conditions = {
      ...template.Conditions,
      [Condition]: { 'Fn::Equals': [{ Ref: DEPLOYMENT_PARAMETER }, choice] },
    };
    Resources[id + choice] = { ...deployment, ...awaited, Condition, Properties };
  }
  template.Parameters = {
    ...template.Parameters,
    [DEPLOYMENT_PARAMETER]: {
      Type: 'String',
      AllowedValues: ['A', 'B'],
      Default: 'A',
      Description: 'Changes when the stage needs a new deployment of the same template',
    },
  };
  stage.Properties.DeploymentId = {
    'Fn::If': [`${DEPLOYMENT_PARAMETER}IsA`, { Ref: `${id}A` }, { Ref: `${id}B` }],
  };
};

/**
 * The attributes with which a deployment waits for everything of its API. `DependsOn` of a resource that has a condition fails where the
 * condition does not hold, and takes no `Fn::If`: a reference in the metadata makes CloudFormation wait, too.
 * @see https://cloudonaut.io/optional-dependson-with-cloudformation-metadata-to-the-rescue
 */
function awaitedBy(
  restApiId: unknown,
  methods: readonly string[],
  resources: Template['Resources'],
): Pick<Resource, 'DependsOn' | 'Metadata'> {
  const own = Object.entries(resources).filter(
    ([id, { Type, Properties }]) =>
      IN_SNAPSHOT.includes(Type) &&
      isDeepStrictEqual(Properties.RestApiId, restApiId) &&
      !methods.includes(id) &&
      // It cannot come before the deployment, as it waits for its stage.
      !waitsFor('ApiGatewayStage', id, resources),
  );
  const always = own.filter(([, { Condition }]) => Condition === undefined).map(([id]) => id);
  const Snapshot = own.flatMap(([id, { Condition }]) =>
    Condition === undefined ? [] : [{ 'Fn::If': [Condition, { Ref: id }, { Ref: 'AWS::NoValue' }] }],
  );
  const DependsOn = [...methods, ...always];
  return {
    ...(DependsOn.length > 0 && { DependsOn }),
    ...(Snapshot.length > 0 && { Metadata: { Snapshot } }),
  };
}

/** Whether a resource refers to another one, or waits for it, directly or not. */
function waitsFor(
  awaited: string,
  id: string,
  resources: Template['Resources'],
  seen: Set<string> = new Set(),
): boolean {
  if (id === awaited) return true;
  const { [id]: resource } = resources;
  if (resource === undefined || seen.has(id)) return false;
  seen.add(id);
  const { Properties, Metadata, DependsOn } = resource;
  return [...referencesIn([Properties, Metadata]), ...listOf(DependsOn)].some((each) =>
    waitsFor(awaited, String(each), resources, seen),
  );
}

/** The hash of the resources, without the place to which this deployment has uploaded the functions' code. */
function fingerprint(resources: Template['Resources']): string {
  const sorted = Object.entries(resources).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify(sorted, (key, value) => (key === 'S3Key' ? undefined : value));
  return hash(text, 16);
}
