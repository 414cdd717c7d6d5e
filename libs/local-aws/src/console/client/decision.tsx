import type { Decision } from '@cross-account-api/iam';
import { conditionsOf, describeMismatch, type RemedyText } from '@cross-account-api/iam/explanation';
import { Breakable, CopyButton, Icon, Json, OutcomeMark } from './parts.tsx';

type Consulted = Decision['consulted'][number];
type Statement = Consulted['statements'][number];

/** The question, the answer, and each consulted policy. */
export function DecisionView({
  decision,
  verdict,
}: {
  readonly decision: Decision;
  readonly verdict: string;
}) {
  const { allowed, action, resource, principalArn, consulted } = decision;
  return (
    <section class="decision" aria-label={`Decision on ${action}`}>
      <p class="verdict">
        <OutcomeMark mark={allowed ? 'allowed' : 'refused'} />
        <strong>{allowed ? 'Allowed' : 'Denied:'}</strong>
        {!allowed && <span>{verdict}</span>}
      </p>
      <dl class="facts">
        <div class="fact">
          <dt>Action</dt>
          <dd class="mono">
            <Breakable name={action} />
          </dd>
        </div>
        <div class="fact">
          <dt>Resource</dt>
          <dd class="mono">
            <Breakable name={resource} />
          </dd>
        </div>
        <div class="fact">
          <dt>Principal</dt>
          <dd class="mono">
            <Breakable name={principalArn} />
          </dd>
        </div>
      </dl>
      {consulted.map((policy) => (
        <PolicyView key={`${policy.kind} ${policy.policy}`} policy={policy} decision={decision} />
      ))}
      {!allowed &&
        decision.denial === 'implicit' &&
        !consulted.some(({ kind }) => kind === decision.missing) && (
          <p class="policy missing">There is no {decision.missing}.</p>
        )}
    </section>
  );
}

type Role = 'decided' | 'nearest' | 'other';

/** The part that a statement played in the decision. */
function roleOf(decision: Decision, { kind, policy }: Consulted, { statement }: Statement): Role {
  const isThis = (one: { readonly kind: string; readonly policy: string; readonly statement: string }) =>
    one.kind === kind && one.policy === policy && one.statement === statement;
  if (decision.allowed || decision.denial === 'explicit') {
    return decision.decidedBy.some(isThis) ? 'decided' : 'other';
  }
  return decision.nearest !== undefined && isThis(decision.nearest) ? 'nearest' : 'other';
}

function PolicyView({ policy, decision }: { readonly policy: Consulted; readonly decision: Decision }) {
  const roles = policy.statements.map((statement) => roleOf(decision, policy, statement));
  const isMissing = !decision.allowed && decision.denial === 'implicit' && decision.missing === policy.kind;
  const isOpen = isMissing || roles.some((role) => role !== 'other');
  return (
    <details class={`policy ${isMissing ? 'missing' : ''}`} open={isOpen}>
      <summary>
        <span class="policy-name">{policy.policy}</span> <span class="tag">{policy.kind}</span>
      </summary>
      {policy.statements.map((statement, index) => (
        <StatementView
          key={statement.statement}
          statement={statement}
          role={roles[index] ?? 'other'}
          decision={decision}
        />
      ))}
    </details>
  );
}

function StatementView(props: {
  readonly statement: Statement;
  readonly role: Role;
  readonly decision: Decision;
}) {
  const { statement, role, decision } = props;
  const { effect, matches, mismatches } = statement;
  const conditions = conditionsOf(statement, decision.context);
  const others = mismatches.filter(({ element }) => !element.startsWith('condition '));
  const isDenied = role === 'decided' && effect === 'Deny';
  const says = {
    decided: effect === 'Allow' ? 'allows it' : 'denies it',
    nearest: 'nearest, does not match',
    other: matches ? 'matches' : 'does not match',
  }[role];
  return (
    <div class={`statement ${role} ${isDenied ? 'denies' : ''}`}>
      <p class="statement-title">
        {role === 'decided' && <Icon name={isDenied ? 'refused' : 'allowed'} />}
        <strong>{statement.statement}</strong> <span>{says}</span>
      </p>
      {role === 'other' ? (
        <details>
          <summary>Statement</summary>
          <Json value={statement.source} />
        </details>
      ) : (
        <Json value={statement.source} />
      )}
      {role !== 'other' && conditions.length > 0 && (
        <table class="conditions">
          <caption>Conditions</caption>
          <thead>
            <tr>
              <th scope="col">Key</th>
              <th scope="col">Expected</th>
              <th scope="col">In the request</th>
            </tr>
          </thead>
          <tbody>
            {conditions.map(({ operator, key, expected, actual, holds }) => (
              <tr key={`${operator} ${key}`} class={holds ? '' : 'fails'}>
                <th scope="row">
                  <Breakable name={key} />
                  <small>{operator}</small>
                </th>
                <td class="mono">
                  <Breakable name={expected} />
                </td>
                <td class="mono">
                  <OutcomeMark mark={holds ? 'allowed' : 'refused'} /> <Breakable name={actual} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {role !== 'other' &&
        others.map((mismatch) => (
          <p key={mismatch.element} class="mismatch">
            <Icon name="refused" /> {describeMismatch(mismatch)}
          </p>
        ))}
    </div>
  );
}

/** A change that would allow the request, ready to copy. */
export function RemedyView(props: {
  readonly remedies: readonly RemedyText[];
  readonly noRemedy?: string | undefined;
}) {
  const { remedies, noRemedy } = props;
  if (remedies.length === 0) {
    return noRemedy === undefined ? null : (
      <section class="remedy none">
        <h3>No change is proposed</h3>
        <p>{noRemedy}</p>
      </section>
    );
  }
  return (
    <section class="remedy" aria-label="Remedy">
      <h3>
        {remedies.length === 1
          ? 'The smallest change that allows it'
          : 'The smallest changes that allow it, all of them'}
      </h3>
      <p class="quiet">Proven: applied to a copy of the policies, and decided again.</p>
      {remedies.map(({ instruction, text, file, command }, index) => (
        <div key={text} class="change">
          <div class="change-title">
            <span>
              {remedies.length > 1 && `${index + 1}. `}
              {instruction}
              {file !== undefined && <small> (defined in {file})</small>}
            </span>
            <CopyButton text={text} what={remedies.length > 1 ? `change ${index + 1}` : 'the change'} />
          </div>
          <Json value={text} />
          {command !== undefined && (
            <>
              <div class="change-title">
                <span>or run</span>
                <CopyButton
                  text={command}
                  what={remedies.length > 1 ? `command ${index + 1}` : 'the command'}
                />
              </div>
              <pre class="code">{command}</pre>
            </>
          )}
        </div>
      ))}
    </section>
  );
}
