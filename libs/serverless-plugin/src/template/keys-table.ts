import type { PackageCheck } from '../commands/preflight.ts';
import type { FunctionStep } from '../deployment.ts';
import { Mistake, refuse } from '../mistake.ts';
import { propertiesOf } from '../properties.ts';
import { keyedRoutes, serves } from '../routes/contract-routes.ts';
import { type RouteEvent, routeEventsOf } from '../routes/route-events.ts';
import { addStatements, grantFaults } from './function-statements.ts';

/** The logical ID of the table of idempotency keys: services/api/resources/idempotency.yml. */
const TABLE = 'IdempotencyTable';
/** The environment variable that `idempotencyTable()` of api-handler reads. */
export const VARIABLE = 'IDEMPOTENCY_TABLE';

/** The events by which functions answer operations that remember keys. */
function keyedEvents(functions: unknown, paths: unknown): readonly RouteEvent[] {
  const keyed = keyedRoutes(paths);
  return routeEventsOf(functions).filter(({ route }) => keyed.some((operation) => serves(route, operation)));
}

/** There is a table for the operations that remember keys, and none of their functions has another one. */
export const checkKeysTable: PackageCheck = ({
  service: { functions = {}, custom, provider, resources },
}) => {
  const events = keyedEvents(functions, custom.routes);
  const [event] = events;
  const hasTable = propertiesOf(propertiesOf(resources).Resources)[TABLE] !== undefined;
  if (event !== undefined && !hasTable) {
    throw new Mistake(
      `${event.route} remembers idempotency keys (idempotencyKey: true in the contract), and serverless.yml has no table for them. Add "- \${file(./resources/idempotency.yml)}" to its resources: that file has the table, ${TABLE}. Or take idempotencyKey out of the contract. Nothing has been packaged.`,
    );
  }
  const own = events.find(
    ({ functionName }) => functions[functionName]?.environment?.[VARIABLE] !== undefined,
  );
  if (own === undefined) {
    return refuse(
      [...new Set(events.map(({ functionName }) => functionName))].flatMap((name) => {
        const { [name]: definition } = functions;
        return definition === undefined
          ? []
          : grantFaults(name, definition, provider, 'for the table of idempotency keys');
      }),
    );
  }
  throw new Mistake(
    `serverless.yml: functions.${own.functionName}.environment has ${VARIABLE}. Remove it: the function answers ${own.route}, which has idempotencyKey: true in the contract, so it gets this variable and the permission for the table ${TABLE} without a line here. Nothing has been packaged.`,
  );
};

/** Gives each function that answers an operation with keys their table: the variable, and the permission. */
export const grantKeysTable: FunctionStep = (functions, _settings, { routes: paths }) => {
  const keyed = new Set(keyedEvents(functions, paths).map(({ functionName }) => functionName));
  for (const [name, definition] of Object.entries(functions)) {
    if (!keyed.has(name)) continue;
    definition.environment = { ...definition.environment, [VARIABLE]: { Ref: TABLE } };
    addStatements(definition, [
      {
        Sid: 'RememberAnswers',
        Effect: 'Allow',
        Action: ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
        Resource: { 'Fn::GetAtt': [TABLE, 'Arn'] },
      },
    ]);
  }
};
