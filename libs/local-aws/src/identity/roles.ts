import type { NamedPolicy, PolicyDocument } from '@cross-account-api/iam';
import { invalidInput, limitExceeded } from './errors.ts';
import { Holders, type NewHolder, type Role } from './holders.ts';
import { policySize, storePolicy } from './policy-documents.ts';

const TRUST_POLICY_BYTES = 2_048;

interface RoleSettings {
  readonly description?: string | undefined;
  /** Seconds, 3,600 to 43,200; default 3,600. */
  readonly maxSessionDuration?: number | undefined;
}

/** The roles of all accounts. */
export class Roles extends Holders<Role> {
  protected readonly kind = 'role';

  create(
    accountId: string,
    input: NewHolder & RoleSettings & { readonly trustPolicy: string | object },
  ): Role {
    // SCPs and RCPs do not limit roles below this path, so only AWS may make or change one:
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html
    if (input.path?.startsWith('/aws-service-role/')) {
      throw invalidInput(
        `Path ${input.path} is for service-linked roles, which only AWS creates and changes. Choose another path.`,
      );
    }
    return this.add(accountId, input, (common) => ({
      kind: 'role',
      ...common,
      description: input.description,
      boundTrust: this.#bindTrust(input.trustPolicy),
      maxSessionDuration: input.maxSessionDuration ?? 3_600,
    }));
  }

  /** The trust policy for reads and for evaluation: it shows a bound principal by its ARN while the principal exists. */
  trustPolicy(role: Role): NamedPolicy {
    return {
      name: `trust policy of role ${role.name}`,
      document: this.dependencies.principals.showPrincipals(role.boundTrust),
    };
  }

  updateTrustPolicy(accountId: string, name: string, trustPolicy: string | object): void {
    this.changing(accountId, name).boundTrust = this.#bindTrust(trustPolicy);
  }

  /** Changes only the given settings. */
  update(accountId: string, name: string, change: RoleSettings): void {
    const role = this.changing(accountId, name);
    role.description = change.description ?? role.description;
    role.maxSessionDuration = change.maxSessionDuration ?? role.maxSessionDuration;
  }

  #bindTrust(source: string | object): PolicyDocument {
    const stored = storePolicy(source, 'trust');
    if (policySize(stored) > TRUST_POLICY_BYTES) {
      throw limitExceeded(`Cannot exceed quota for ACLSizePerRole: ${TRUST_POLICY_BYTES}`);
    }
    return this.dependencies.principals.bindPrincipals(stored.document);
  }
}
