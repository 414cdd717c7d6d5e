/** A JSON policy document with a name for people. */
export interface NamedPolicy {
  /** e.g. `inline policy InvokeApi of role local-invoke`, or a managed policy's ARN. */
  readonly name: string;
  readonly document: PolicyDocument;
  /** Of a policy of an organization, if it is known. A managed policy of IAM has its ARN as its name. */
  readonly arn?: string | undefined;
}

/** A policy document as parsed from JSON. It is validated when it is stored. */
export type PolicyDocument = { readonly [key: string]: unknown };

interface PrincipalBase {
  readonly accountId: string;
  /** `aws:PrincipalArn`: for a session the role's ARN, not the session's. */
  readonly principalArn: string;
  /** The ARN that errors, logs and `GetCallerIdentity` show. */
  readonly arn: string;
  /** `aws:userid` and `GetCallerIdentity`'s `UserId`: `AIDA…`, `AROA…:session`, or the account ID of a root user. */
  readonly userId: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** An account's root user. */
export interface RootUser extends PrincipalBase {
  readonly type: 'Root';
}

/** An IAM user. */
export interface IamUser extends PrincipalBase {
  readonly type: 'User';
  readonly userName: string;
  /** When GetSessionToken issued the temporary credentials of the request; absent for an access key. */
  readonly issuedAt?: Date;
}

/** A session of an assumed role. */
export interface AssumedRole extends PrincipalBase {
  readonly type: 'AssumedRole';
  readonly roleName: string;
  /** The role's unique ID, `AROA…`: changes when the role is deleted and created again. */
  readonly roleId: string;
  readonly sessionName: string;
  readonly issuedAt: Date;
  /** Session policies given to AssumeRole: they only narrow. */
  readonly sessionPolicies: readonly NamedPolicy[];
  /** `aws:PrincipalTag/*` that further sessions inherit. */
  readonly transitiveTagKeys: readonly string[];
  readonly sourceIdentity?: string;
  /** Access key that called AssumeRole; absent if a service (Lambda) assumed the role. */
  readonly issuedTo?: string;
  /** `lambda:SourceFunctionArn`: the function, without qualifier, that Lambda assumed the role for. */
  readonly sourceFunctionArn?: string;
}

/** An AWS service that acts for itself, e.g. API Gateway; or the identity provider of a client's token. */
export interface ServicePrincipal {
  readonly type: 'Service';
  /** e.g. `apigateway.amazonaws.com`; an identity provider's ARN */
  readonly service: string;
}

/** The signer of a request. */
export type Principal = RootUser | IamUser | AssumedRole;
