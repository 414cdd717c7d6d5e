import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import type { Operation } from '../../../protocols/operation.ts';
import { nonEmpty, operationsOn } from '../../apigateway/operations/operation.ts';
import { accessLog, routeSettings } from '../definition/stage-settings.ts';
import { type HttpApiStore, type HttpStage, stageOf } from '../store.ts';

/** The operation that changes a stage. */
export function stageOperations(store: HttpApiStore): readonly Operation[] {
  const operation = operationsOn(store);
  return [
    operation('UpdateStage', {
      http: 'PATCH /v2/apis/{ApiId}/stages/{StageName}',
      input: v.object({
        ApiId: v.string(),
        StageName: v.string(),
        accessLogSettings: v.optional(
          v.object({ destinationArn: v.optional(v.string()), format: v.optional(v.string()) }),
        ),
        defaultRouteSettings: v.optional(routeSettings),
        description: v.optional(v.string()),
        routeSettings: v.optional(v.record(v.string(), routeSettings)),
        stageVariables: v.optional(v.record(v.string(), v.string())),
      }),
      handle({ ApiId, StageName, stageVariables, ...given }, call) {
        const target = store.api(call, ApiId);
        const found = stageOf(target, StageName);
        const { accessLogSettings, defaultRouteSettings, routeSettings: perRoute, ...changes } = given;
        const settings = {
          ...found.settings,
          ...defined({
            ...changes,
            variables: stageVariables,
            accessLogSettings: accessLog(accessLogSettings),
          }),
          defaultRouteSettings: {
            ...found.settings.defaultRouteSettings,
            ...defined(defaultRouteSettings ?? {}),
          },
          routeSettings: new Map([
            ...found.settings.routeSettings,
            ...Object.entries(perRoute ?? {}).map(([key, each]) => [key, defined(each)] as const),
          ]),
        };
        store.updateStage(target, found, settings);
        return describeStage(found);
      },
    }),
  ];
}

/** A stage as answers show it. */
export function describeStage({ settings, deployment, ...found }: HttpStage) {
  const { variables, ...others } = settings;
  return {
    ...found,
    ...others,
    autoDeploy: true,
    deploymentId: deployment?.id,
    createdDate: shownDate(found.createdDate),
    lastUpdatedDate: shownDate(found.lastUpdatedDate),
    routeSettings: Object.fromEntries(settings.routeSettings),
    stageVariables: variables,
    tags: nonEmpty(found.tags),
  };
}

/** A date as this API shows it. */
export function shownDate(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}
