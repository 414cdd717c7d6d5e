import { render } from 'preact';
import type { Recording } from '../model.ts';
import { App } from './app.tsx';
import { liveSource, recordedSource, type Source } from './source.ts';

const TOKEN = 'local-aws-token';

/** The token of the URL. It is taken out of the address bar at once, and lives as long as the tab. */
function takeToken(): string {
  const [, token] = /^#token=([\w-]+)$/.exec(location.hash) ?? [];
  if (token !== undefined) {
    sessionStorage.setItem(TOKEN, token);
    history.replaceState(null, '', location.pathname);
  }
  return sessionStorage.getItem(TOKEN) ?? '';
}

function openSource(): Source {
  const recording = document.getElementById('recording')?.textContent;
  if (recording) return recordedSource(JSON.parse(recording) as Recording);
  const source = liveSource(location.pathname.replace(/\/$/, ''), takeToken());
  // The same tab, opened with the URL of a new start.
  addEventListener('hashchange', () => {
    if (location.hash.startsWith('#token=')) location.reload();
  });
  return source;
}

const root = document.getElementById('console');
if (root !== null) render(<App source={openSource()} />, root);
