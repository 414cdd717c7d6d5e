import { abbreviateArns } from '@cross-account-api/command-line/text';
import { parseArn } from '@cross-account-api/iam';
import type { Permission, RoleUse } from '@cross-account-api/iam/explanation';
import { useState } from 'preact/hooks';
import { summaryOf } from '../../explain/render-role-use.ts';
import { Account, type AccountNames, CopyButton, Json, OutcomeMark } from './parts.tsx';
import type { Source } from './source.ts';

/** The permissions of each role that the recorded calls used. */
export function RoleUseView({ source, names }: { readonly source: Source; readonly names: AccountNames }) {
  const [state, setState] = useState<{ readonly roles?: readonly RoleUse[]; readonly problem?: string }>({});
  const { roles, problem } = state;
  const load = () =>
    source.roles().then(
      (found) => setState({ roles: found }),
      (error: unknown) => setState({ problem: error instanceof Error ? error.message : String(error) }),
    );
  return (
    <section class="role-use" aria-labelledby="role-use-title">
      <header>
        <div>
          <h2 id="role-use-title">Least privilege</h2>
          <p class="quiet">
            Which permissions of each role the recorded calls used, and a policy with only those.
          </p>
        </div>
        <button type="button" onClick={load}>
          {roles === undefined ? 'Compare with the calls' : 'Compare again'}
        </button>
      </header>
      <div aria-live="polite">
        {problem !== undefined && <p class="problem">{problem}</p>}
        {roles?.length === 0 && <p class="quiet">No role has made a call yet.</p>}
        {roles?.map((use) => (
          <RoleView key={use.roleArn} use={use} names={names} />
        ))}
      </div>
    </section>
  );
}

function RoleView({ use, names }: { readonly use: RoleUse; readonly names: AccountNames }) {
  const { roleArn, used, unused, forLogs, smallest, isSmaller, isProven } = use;
  const { accountId, name } = parseArn(roleArn);
  return (
    <details class="policy" open={isSmaller}>
      <summary>
        <Account id={accountId} names={names} /> <span class="policy-name">{name}</span>{' '}
        <span class="tag">{unused.length === 0 ? 'nothing unused' : `${unused.length} unused`}</span>
      </summary>
      <div class="statement">
        <ul class="permissions">
          {used.map((one) => (
            <PermissionView key={keyOf(one)} permission={one} accountId={accountId} state="used" />
          ))}
          {forLogs.map((one) => (
            <PermissionView key={keyOf(one)} permission={one} accountId={accountId} state="logs" />
          ))}
          {unused.map((one) => (
            <PermissionView key={keyOf(one)} permission={one} accountId={accountId} state="unused" />
          ))}
        </ul>
        <div class="change-title">
          <p>{summaryOf(use)}</p>
          {isSmaller && isProven && (
            <CopyButton text={JSON.stringify(smallest, null, 2)} what={`the policy for ${name}`} />
          )}
        </div>
        {isSmaller && isProven && <Json value={smallest} />}
      </div>
    </details>
  );
}

function keyOf({ policy, statement, action, resource }: Permission): string {
  return `${policy} ${statement} ${action} ${resource}`;
}

function PermissionView(props: {
  readonly permission: Permission;
  readonly accountId: string;
  readonly state: 'used' | 'logs' | 'unused';
}) {
  const { permission, accountId, state } = props;
  const { action, resource, calls, policy, statement } = permission;
  const says = {
    used: `${calls} ${calls === 1 ? 'call' : 'calls'}`,
    logs: 'Lambda writes logs with it',
    unused: 'never used',
  }[state];
  return (
    <li>
      {state === 'unused' ? <OutcomeMark mark="failed" /> : <OutcomeMark mark="allowed" />}
      <span>
        <span class="mono">{action}</span> on <span class="mono">{abbreviateArns(resource, accountId)}</span>
        <small class="quiet">
          {says}, statement {statement} of {policy}
        </small>
      </span>
    </li>
  );
}
