import { render } from 'preact';
import type { Recording } from '../model.ts';
import { App } from './app.tsx';
import { liveSource, recordedSource, type Source } from './source.ts';

function tokenOfUrl(): string | undefined {
  return /^#token=([\w-]+)$/.exec(location.hash)?.[1];
}

/**
 * The token of the URL. It moves from the address bar to the entries of the tab's history: it survives a reload,
 * and no other page of this origin, such as an object of a bucket, can read it there. In the browser's storage, it could.
 */
function keepToken(): string {
  const state: unknown = history.state;
  const kept = state instanceof Object && 'token' in state ? String(state.token) : '';
  const token = tokenOfUrl() ?? kept;
  const place = tokenOfUrl() === undefined ? location.hash : '';
  history.replaceState({ token }, '', location.pathname + place);
  addEventListener('hashchange', () => {
    // The same tab, opened with the URL of another start.
    if (tokenOfUrl() !== undefined) location.reload();
    else history.replaceState({ token }, '');
  });
  return token;
}

function openSource(): Source {
  const recording = document.getElementById('recording')?.textContent;
  if (recording) return recordedSource(JSON.parse(recording) as Recording);
  return liveSource(location.pathname.replace(/\/$/, ''), keepToken());
}

const root = document.getElementById('console');
if (root !== null) render(<App source={openSource()} />, root);
