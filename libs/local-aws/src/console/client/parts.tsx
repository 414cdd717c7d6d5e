import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { NodeKind } from '../model.ts';
import type { CallState } from './call-store.ts';

const paths: Readonly<Record<NodeKind | CallState | 'copy' | 'check' | 'save', string>> = {
  user: 'M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6Zm-5.5 6a5.5 5.5 0 0 1 11 0',
  role: 'M8 1.8 13.5 4v4c0 3-2.3 5.2-5.5 6.2C4.8 13.2 2.5 11 2.5 8V4L8 1.8Zm-2.2 6 1.6 1.6 2.9-3',
  function: 'M4 14 8.2 4.8M5.5 2.5h1.2L12 14',
  route: 'M2 4.5h8.5L13.5 8l-3 3.5H2L4.5 8 2 4.5Z',
  table: 'M2.5 3.5h11v9h-11v-9Zm0 3h11m-11 3h11M6.5 6.5v6',
  allowed: 'm3.5 8.5 3 3 6-7',
  refused: 'm4 4 8 8m0-8-8 8',
  failed: 'M8 3v6m0 3.2v.3',
  recovered: 'M8 3v6m0 3.2v.3',
  softened: 'M8 3v6m0 3.2v.3',
  copy: 'M5.5 5.5h7v8h-7v-8Zm-2-3h7v3m-5 5h-2v-8',
  check: 'm3.5 8.5 3 3 6-7',
  save: 'M8 2v8m-3-3 3 3 3-3M3 13.5h10',
};

/** A decorative drawing: the text next to it says the same. */
export function Icon({ name }: { readonly name: keyof typeof paths }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}

const marks: Readonly<Record<CallState, string>> = {
  allowed: 'Allowed',
  refused: 'Refused',
  failed: 'Failed',
  recovered: 'Recovered',
  softened: 'Let through by soft mode',
};

/** The sign of an outcome. */
export function OutcomeMark({ mark }: { readonly mark: CallState }) {
  return (
    <span class={`mark ${mark}`}>
      <Icon name={mark} />
      <span class="unseen">{marks[mark]}</span>
    </span>
  );
}

/** The letter under which each account is known here, or its ID. */
export type AccountNames = ReadonlyMap<string, string>;

/** An account as a short label. */
export function Account({ id, names }: { readonly id: string | undefined; readonly names: AccountNames }) {
  if (id === undefined) return <span class="account">?</span>;
  const letter = names.get(id);
  return (
    <span class={`account account-${letter ?? id}`} title={`account ${id}`}>
      {letter ?? id}
      {letter !== undefined && letter !== id && <span class="unseen"> (account {id})</span>}
    </span>
  );
}

/** Puts a text into the clipboard. */
export function CopyButton({ text, what }: { readonly text: string; readonly what: string }) {
  const [state, setState] = useState<'ready' | 'copied' | 'failed'>('ready');
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async () => {
    const isCopied = await copyText(text);
    setState(isCopied ? 'copied' : 'failed');
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setState('ready'), 2_000);
  };
  return (
    <button type="button" class="small" aria-label={`Copy ${what}`} onClick={copy}>
      <Icon name={state === 'copied' ? 'check' : 'copy'} />
      <span aria-live="polite">
        {{ ready: 'Copy', copied: 'Copied', failed: 'Select and copy it' }[state]}
      </span>
    </button>
  );
}

async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // A page that was opened from disk may have no clipboard.
    const area = document.createElement('textarea');
    area.value = text;
    document.body.append(area);
    area.select();
    const isCopied = document.execCommand('copy');
    area.remove();
    return isCopied;
  }
}

/** JSON with different colours for keys and values. */
export function Json({ value }: { readonly value: unknown }) {
  const text = typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? '');
  const parts = text.split(/("(?:[^"\\]|\\.)*"(?:\s*:)?)/);
  return (
    <pre class="code">
      {parts.map((part, index) =>
        index % 2 === 0 ? part : <span class={part.endsWith(':') ? 'key' : 'string'}>{part}</span>,
      )}
    </pre>
  );
}

/** A name and its value. */
export function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  if (children === undefined || children === '' || children === false) return null;
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** @example milliseconds(0.4) // '0.4 ms' */
export function milliseconds(value: number): string {
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} s`;
  return `${value >= 10 || value === 0 ? value.toFixed(0) : value.toFixed(1)} ms`;
}

/** A name or ARN that may be broken between its words and parts, as in `IdempotencyTable` and `arn:aws:iam`. */
export function Breakable({ name }: { readonly name: string }) {
  const [first, ...others] = name.split(/(?<=[a-z])(?=[A-Z])|(?<=[:/])(?=[^:/])/);
  return (
    <>
      {first}
      {others.map((word) => (
        <>
          <wbr />
          {word}
        </>
      ))}
    </>
  );
}
