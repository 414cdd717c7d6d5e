import * as v from 'valibot';
import { AwsError } from '../../../core/errors.ts';
import type { Operation } from '../../../protocols/operation.ts';
import { assertAccessLogSettings } from '../definition/access-log-settings.ts';
import { type PolicyRules, readPolicy } from '../definition/resource-policy.ts';
import { addDeployment, addStage, removeDeployment } from '../definition/snapshot.ts';
import type { RestApi } from '../rest-api.ts';
import { type PatchOperation, patchStage } from '../stage-patch.ts';
import { type ApiStore, deploymentOf, stageOf } from '../store.ts';
import { deploymentDocument, restApiDocument, stageDocument } from './documents.ts';
import { declare } from './operation.ts';

const API = '/restapis/{restApiId}';
const api = { restApiId: v.string() };
const patchOperations = v.optional(
  v.array(v.object({ op: v.string(), path: v.string(), value: v.optional(v.string()) })),
  [],
);

/** The operations that change an API outside CloudFormation: stages, deployments, the resource policy. */
export function writeOperations(store: ApiStore, rules: PolicyRules): readonly Operation[] {
  return [
    declare('UpdateRestApi', `PATCH ${API}`, v.object({ ...api, patchOperations }), (input, call) => {
      const target = store.api(call, input.restApiId);
      patchApi(target, input.patchOperations, rules);
      return restApiDocument(target, rules);
    }),
    declare(
      'DeleteRestApi',
      `DELETE ${API}`,
      v.object(api),
      ({ restApiId }, call) => {
        store.deleteApi(call, store.api(call, restApiId).id);
      },
      202,
    ),
    declare(
      'CreateDeployment',
      `POST ${API}/deployments`,
      v.object({
        ...api,
        stageName: v.optional(v.string()),
        description: v.optional(v.string()),
        stageDescription: v.optional(v.string()),
        variables: v.optional(v.record(v.string(), v.string())),
        tracingEnabled: v.optional(v.boolean()),
      }),
      (input, call) => {
        const target = store.api(call, input.restApiId);
        const now = store.clock.now();
        const deployment = addDeployment(target, now, input.description);
        const { stageName = '' } = input;
        if (stageName !== '') {
          const stage = target.stages.get(stageName) ?? addStage(target, stageName, deployment.id, now);
          stage.deploymentId = deployment.id;
          stage.lastUpdatedDate = now;
          if (input.stageDescription !== undefined) stage.description = input.stageDescription;
          if (input.variables !== undefined) stage.variables = input.variables;
          if (input.tracingEnabled !== undefined) stage.tracingEnabled = input.tracingEnabled;
        }
        return deploymentDocument(deployment);
      },
      201,
    ),
    declare(
      'DeleteDeployment',
      `DELETE ${API}/deployments/{deploymentId}`,
      v.object({ ...api, deploymentId: v.string() }),
      ({ restApiId, deploymentId }, call) => {
        const target = store.api(call, restApiId);
        removeDeployment(target, deploymentOf(target, deploymentId).id);
      },
      202,
    ),
    declare(
      'CreateStage',
      `POST ${API}/stages`,
      v.object({
        ...api,
        stageName: v.string(),
        deploymentId: v.string(),
        description: v.optional(v.string()),
        documentationVersion: v.optional(v.string()),
        variables: v.optional(v.record(v.string(), v.string())),
        tracingEnabled: v.optional(v.boolean()),
        tags: v.optional(v.record(v.string(), v.string())),
      }),
      (input, call) => {
        const target = store.api(call, input.restApiId);
        const stage = addStage(target, input.stageName, input.deploymentId, store.clock.now());
        stage.variables = input.variables ?? {};
        stage.tracingEnabled = input.tracingEnabled ?? false;
        stage.tags = input.tags ?? {};
        if (input.description !== undefined) stage.description = input.description;
        if (input.documentationVersion !== undefined) stage.documentationVersion = input.documentationVersion;
        return stageDocument(stage);
      },
      201,
    ),
    declare(
      'UpdateStage',
      `PATCH ${API}/stages/{stageName}`,
      v.object({ ...api, stageName: v.string(), patchOperations }),
      (input, call) => {
        const target = store.api(call, input.restApiId);
        const stage = stageOf(target, input.stageName);
        patchStage(target, stage, input.patchOperations, (settings) =>
          assertAccessLogSettings(settings, store.cloudWatchRoleArn(call)),
        );
        stage.lastUpdatedDate = store.clock.now();
        return stageDocument(stage);
      },
    ),
    declare(
      'DeleteStage',
      `DELETE ${API}/stages/{stageName}`,
      v.object({ ...api, stageName: v.string() }),
      ({ restApiId, stageName }, call) => {
        const target = store.api(call, restApiId);
        target.stages.delete(stageOf(target, stageName).stageName);
      },
      202,
    ),
  ];
}

function patchApi(target: RestApi, operations: readonly PatchOperation[], rules: PolicyRules): void {
  let settings = target.settings;
  for (const { op, path, value = '' } of operations) {
    const mediaType = /^\/binaryMediaTypes\/(.{1,200})$/.exec(path)?.[1]?.replaceAll('~1', '/');
    if (mediaType !== undefined) {
      const others = settings.binaryMediaTypes.filter((type) => type !== mediaType);
      settings = { ...settings, binaryMediaTypes: op === 'remove' ? others : [...others, mediaType] };
    } else if (path === '/policy') {
      const arn = `arn:aws:execute-api:${target.region}:${target.accountId}:${target.id}`;
      const policy = op === 'remove' ? undefined : readPolicy(value, arn, rules);
      const { policy: _, ...rest } = settings;
      settings = policy === undefined ? rest : { ...rest, policy };
    } else if (path === '/name' && value !== '') {
      settings = { ...settings, name: value };
    } else if (path === '/description') {
      settings = { ...settings, description: value };
    } else if (path === '/disableExecuteApiEndpoint') {
      settings = { ...settings, disableExecuteApiEndpoint: value === 'true' };
    } else {
      throw new AwsError('BadRequestException', `Invalid patch path ${path}`);
    }
  }
  target.settings = settings;
}
