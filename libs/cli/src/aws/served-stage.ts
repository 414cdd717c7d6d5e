/** A method and a path, of a request or of an API's route. */
export interface MethodAndPath {
  /** `POST`; a route may also have `ANY`. */
  readonly method: string;
  /** `/messages/1`; a route may also have `/messages/{id}`. */
  readonly path: string;
}

/** A route as a stage serves it. */
export interface ServedRoute extends MethodAndPath {
  /** `AWS_IAM`, `NONE`, `CUSTOM`, `COGNITO_USER_POOLS`. */
  readonly authorizationType: string;
  readonly apiKeyRequired: boolean;
}

/** The limits of requests. */
export interface Throttle {
  /** Requests a second. Absent: the account's limit */
  readonly rate?: number | undefined;
  /** Requests at once. */
  readonly burst?: number | undefined;
}

/** A stage, and the deployment that it serves. */
export interface ServedStage {
  readonly name: string;
  readonly deployedAt?: Date | undefined;
  /** Empty if AWS does not say it: see {@link routesUnknown}. */
  readonly routes: readonly ServedRoute[];
  /** Whether the deployment does not tell its routes. */
  readonly routesUnknown?: boolean;
  /** The reason why it may serve other routes than {@link routes}. */
  readonly deploymentProblem?: string | undefined;
  /** By `<path without leading slash>/<METHOD>`, or `$default`; under `*` `/` `*` for all methods. */
  readonly throttles: ReadonlyMap<string, Throttle>;
  readonly variables: Readonly<Record<string, string>>;
  /** ARN of the log group or stream of the access log. Absent if there is none. */
  readonly accessLogArn?: string | undefined;
  /** ARN of the web ACL of AWS WAF that sees requests first. */
  readonly webAclArn?: string | undefined;
}
