import routes from './routes.json' with { type: 'json' };

/*
 * What AWS publishes, as data. `npm run aws-facts` writes the data, and sources.json, which says of each file where it comes from.
 */

export { actionsAbout, resourcesOfAction } from './actions.ts';
export { type DocumentedError, documentedErrors } from './errors.ts';
export {
  actionsOfChange,
  actionsOfLife,
  actionsOfType,
  type HandlerActions,
  type HandlerChange,
  handlerActions,
  type Insistence,
  type NeededAction,
} from './handler-actions.ts';
export { type InertSchema, inertSchemas, type Shape } from './inert-schemas.ts';

/**
 * The routes of the operations of REST services, by the names of the services: a path, with the parameters that every request for it has,
 * and then methods and operations, as words.
 */
export const operationRoutes: Readonly<Record<string, readonly string[]>> = routes;
