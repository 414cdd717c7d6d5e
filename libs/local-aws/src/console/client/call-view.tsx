import { abbreviateArns } from '@cross-account-api/command-line/text';
import { verdictOf } from '@cross-account-api/iam/explanation';
import { useEffect, useState } from 'preact/hooks';
import { describeFailure } from '../../core/function-failure.ts';
import type { SignatureComparison } from '../../explain/signature-comparison.ts';
import { stepsOf } from '../../trace/steps.ts';
import type { CallDetails } from '../model.ts';
import { type CallNode, type CallState, summaryOf } from './call-store.ts';
import { DecisionView, RemedyView } from './decision.tsx';
import { Account, type AccountNames, Breakable, Fact, milliseconds, OutcomeMark } from './parts.tsx';
import { sequenceOf, type TimedStep, worstOf } from './sequence.ts';
import type { Source } from './source.ts';

/** One call: its sequence across the accounts, and one of its steps in full. */
export function CallView(props: {
  readonly node: CallNode;
  /** `<request ID>/<index>`. Default: the step to look at first. */
  readonly selected: string | undefined;
  readonly source: Source;
  readonly names: AccountNames;
  linkTo(step: string): string;
}) {
  const { node, source, names, linkTo } = props;
  const sequence = sequenceOf(node);
  const { steps, totalMs } = sequence;
  const lanes = lanesOf(steps, names);
  const selected = steps.find((step) => stepId(step) === props.selected) ?? worstOf(steps) ?? steps[0];
  return (
    <article class="call" aria-label="Call">
      <header class="call-head">
        <h2>
          {node.event.service === '-'
            ? node.event.operation
            : `${node.event.service} ${node.event.operation}`}
        </h2>
        <p class="quiet">{headline(node, steps, totalMs)}</p>
      </header>
      <ol class="sequence" aria-label="Steps">
        <li class="sequence-head" aria-hidden="true">
          <span>Step</span>
          <Lanes lanes={lanes} names={names} />
          <span>Time</span>
        </li>
        {steps.map((step, index) => (
          <li key={stepId(step)}>
            <a
              href={linkTo(stepId(step))}
              class={`step ${step.failed ? 'failed' : ''}`}
              aria-current={step === selected ? 'step' : undefined}
            >
              <span class="step-title" style={{ paddingLeft: `${step.depth * 14}px` }}>
                <OutcomeMark mark={markOf(step)} />
                <span class="step-text">
                  <span class="step-name">
                    {index + 1}. {step.title}
                  </span>
                  <span class="step-who">{abbreviateArns(step.who, step.accountId)}</span>
                </span>
              </span>
              <Hop step={step} lanes={lanes} />
              <Bar step={step} totalMs={totalMs} />
            </a>
          </li>
        ))}
      </ol>
      {selected !== undefined && (
        <StepView key={stepId(selected)} step={selected} source={source} names={names} node={node} />
      )}
    </article>
  );
}

function markOf({ failed, softened, answer, failure }: TimedStep): CallState {
  if (failure !== undefined || answer?.functionError !== undefined) return 'failed';
  return failed ? 'refused' : softened ? 'softened' : 'allowed';
}

function stepId({ requestId, index }: TimedStep): string {
  return `${requestId}/${index}`;
}

function headline(node: CallNode, steps: readonly TimedStep[], totalMs: number): string {
  const failed = steps.filter((step) => step.failed).length;
  const time = new Date(node.event.time).toLocaleTimeString(undefined, { hour12: false });
  const count = `${steps.length} ${steps.length === 1 ? 'step' : 'steps'}`;
  const outcome =
    failed === 0
      ? 'all allowed'
      : `${failed} failed${summaryOf(node).outcome === 'recovered' ? ', and succeeded when tried again' : ''}`;
  return `${time} · ${count}, ${outcome} · ${milliseconds(totalMs)}`;
}

/** The places of the first and the last lane. */
const LANES = { left: 14, right: 58 } as const;

/** The place of each account that takes part in a call: in the order of the names, from left to right. */
type LanePlaces = ReadonlyMap<string, number>;

function lanesOf(steps: readonly TimedStep[], names: AccountNames): LanePlaces {
  const used = new Set(steps.flatMap(({ fromAccount, toAccount }) => [fromAccount, toAccount]));
  const ids = [...names.keys()].filter((id) => used.has(id));
  const { left, right } = LANES;
  const between = ids.length > 1 ? (right - left) / (ids.length - 1) : 0;
  return new Map(ids.map((id, index) => [id, ids.length > 1 ? left + between * index : (left + right) / 2]));
}

/** The names of the accounts above their lanes. An ID is too long: its end is shown. */
function Lanes({ lanes, names }: { readonly lanes: LanePlaces; readonly names: AccountNames }) {
  return (
    <span class="lanes">
      {[...lanes].map(([id, place]) => {
        const name = names.get(id) ?? id;
        return (
          <span
            key={id}
            class={`lane-name account account-${name}`}
            style={{ left: `${place}px` }}
            title={`account ${id}`}
          >
            {name === id ? id.slice(-3) : name}
          </span>
        );
      })}
    </span>
  );
}

/** An arrow from the account of the principal to the account that it acts in. */
function Hop({ step, lanes }: { readonly step: TimedStep; readonly lanes: LanePlaces }) {
  const x = (id: string | undefined) => lanes.get(id ?? '');
  const to = x(step.toAccount);
  const from = x(step.fromAccount) ?? to;
  const tone = step.failed || step.softened ? 'refused' : 'allowed';
  const right = from !== undefined && to !== undefined && to > from;
  return (
    <svg class={`hop ${tone}`} viewBox="0 0 72 40" preserveAspectRatio="none" aria-hidden="true">
      <path class="lane" d={[...lanes.values()].map((place) => `M${place} 0v40`).join('')} />
      {to !== undefined &&
        from !== undefined &&
        (from === to ? (
          <circle class="dot" cx={to} cy="20" r="4.5" />
        ) : (
          <>
            <circle class="end" cx={from} cy="20" r="3" />
            <path
              class="jump"
              d={
                right ? `M${from} 20H${to - 3}m-6-4.5 6 4.5-6 4.5` : `M${from} 20H${to + 3}m6-4.5-6 4.5 6 4.5`
              }
            />
            {step.failed && <path class="break" d={`M${(from + to) / 2 - 4} 16l8 8m0-8-8 8`} />}
          </>
        ))}
    </svg>
  );
}

function Bar({ step, totalMs }: { readonly step: TimedStep; readonly totalMs: number }) {
  const { startMs, durationMs, failed } = step;
  if (startMs === undefined || durationMs === undefined) {
    return <span class="bar quiet">inside the step above</span>;
  }
  const left = Math.min(99, (startMs / totalMs) * 100);
  const width = Math.max(0.8, Math.min(100 - left, (durationMs / totalMs) * 100));
  return (
    <span class="bar">
      <span class="track">
        <span
          class={`fill ${failed ? 'refused' : 'allowed'}`}
          style={{ left: `${left}%`, width: `${width}%` }}
        />
      </span>
      <span class="duration">{milliseconds(durationMs)}</span>
    </span>
  );
}

type Loaded = { readonly details: CallDetails } | { readonly problem: string } | undefined;

function StepView(props: {
  readonly step: TimedStep;
  readonly node: CallNode;
  readonly source: Source;
  readonly names: AccountNames;
}) {
  const { step, source, names } = props;
  const { requestId, index } = step;
  const [loaded, setLoaded] = useState<Loaded>(undefined);
  useEffect(() => {
    let isCurrent = true;
    source.details(requestId).then(
      (details) => isCurrent && setLoaded({ details }),
      (error: unknown) =>
        isCurrent && setLoaded({ problem: error instanceof Error ? error.message : String(error) }),
    );
    return () => {
      isCurrent = false;
    };
  }, [source, requestId]);
  const details = loaded !== undefined && 'details' in loaded ? loaded.details : undefined;
  // The same steps as in the sequence, but with every policy that was consulted.
  const full = details && stepsOf({ event: details.event, children: [] })[index];
  const shown = full ?? step;
  return (
    <section class="step-view" aria-label="Selected step" aria-live="polite" aria-busy={loaded === undefined}>
      <h3>
        <OutcomeMark mark={markOf(step)} /> {step.title}
        <Account id={step.accountId} names={names} />
      </h3>
      {(step.failed || step.softened) && details !== undefined && step.answer !== undefined && (
        <p class="reason">
          {step.softened && 'Soft mode let it through. AWS would refuse it: '}
          {details.reason}
          {details.advice !== undefined && <span class="advice"> {details.advice}</span>}
        </p>
      )}
      {loaded !== undefined && 'problem' in loaded && <p class="problem">{loaded.problem}</p>}
      <RequestFacts step={step} details={details} />
      {details?.signature !== undefined && index === 0 && <SignatureView signature={details.signature} />}
      {shown.decisions.map((decision) => (
        <DecisionView
          key={`${decision.action} ${decision.resource}`}
          decision={decision}
          verdict={verdictOf(decision)}
        />
      ))}
      {details?.succeeded !== undefined && (step.failed || step.softened) && (
        <p class="since">
          <OutcomeMark mark="allowed" /> The same has succeeded since: {details.succeeded.service}{' '}
          {details.succeeded.operation}, {details.succeeded.status}, request{' '}
          <span class="mono">{details.succeeded.requestId}</span>
        </p>
      )}
      {(step.failed || step.softened) &&
        details?.remedies !== undefined &&
        details.succeeded === undefined && (
          <RemedyView remedies={details.remedies} noRemedy={details.noRemedy} />
        )}
    </section>
  );
}

function RequestFacts({
  step,
  details,
}: {
  readonly step: TimedStep;
  readonly details: CallDetails | undefined;
}) {
  const { answer, who, failure } = step;
  const event = details?.event;
  const status = answer && (answer.status === 0 ? 'no answer' : String(answer.status));
  return (
    <dl class="facts">
      <Fact name="Principal">
        <span class="mono">
          <Breakable name={who} />
        </span>
      </Fact>
      {answer !== undefined && (
        <Fact name="Answer">
          {[status, answer.errorCode].filter(Boolean).join(' ')}
          {event?.errorMessage !== undefined && `: ${event.errorMessage}`}
          {answer.functionError !== undefined && ', the function failed'}
        </Fact>
      )}
      {failure !== undefined && <Fact name="Failure">{describeFailure(failure)}</Fact>}
      {answer !== undefined && (
        <Fact name="Request">
          <span class="mono">{step.requestId}</span>
        </Fact>
      )}
      {answer !== undefined && event?.accessKeyId !== undefined && (
        <Fact name="Access key">
          <span class="mono">{event.accessKeyId}</span>
        </Fact>
      )}
      {answer !== undefined && event?.region !== undefined && <Fact name="Region">{event.region}</Fact>}
      {answer?.faults?.map(({ type, rule }) => (
        <Fact key={rule} name="Fault">
          {type}, injected by rule “{rule}”
        </Fact>
      ))}
    </dl>
  );
}

function SignatureView({ signature }: { readonly signature: SignatureComparison }) {
  const { server, client, firstDifference, stringToSign } = signature;
  const rows = Array.from({ length: Math.max(server.length, client?.length ?? 0) }, (_, line) => line);
  return (
    <section class="signature" aria-label="Canonical requests">
      <table>
        <caption>
          {client === undefined
            ? 'The canonical request, as local AWS received it'
            : firstDifference === undefined
              ? 'The canonical requests are the same: the key that signed them differs'
              : `First difference: line ${firstDifference.line}, ${firstDifference.element}`}
        </caption>
        <thead>
          <tr>
            <th scope="col">Line</th>
            <th scope="col">{client === undefined ? 'Received' : 'As received'}</th>
            {client !== undefined && <th scope="col">As the client signed it</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map((line) => {
            const differs = firstDifference?.line === line + 1;
            return (
              <tr key={line} class={differs ? 'differs' : ''}>
                <th scope="row">
                  {line + 1}
                  {differs && <span class="unseen"> first difference</span>}
                </th>
                <td class="mono">{server[line] ?? '(no such line)'}</td>
                {client !== undefined && <td class="mono">{client[line] ?? '(no such line)'}</td>}
              </tr>
            );
          })}
        </tbody>
      </table>
      {client === undefined && stringToSign !== undefined && (
        <>
          <h4>The string to sign</h4>
          <pre class="code">{stringToSign}</pre>
        </>
      )}
    </section>
  );
}
