import { createHash } from 'node:crypto';
import type { Assets } from './assets.ts';
import type { Recording } from './model.ts';

/** A green arrow between two accounts. */
const ICON =
  'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 32 32%22%3E%3Crect width=%2232%22 height=%2232%22 rx=%227%22 fill=%22%23182430%22/%3E%3Cpath d=%22M6 16h18m-7-7 7 7-7 7%22 fill=%22none%22 stroke=%22%2343c483%22 stroke-width=%223.2%22 stroke-linecap=%22round%22 stroke-linejoin=%22round%22/%3E%3C/svg%3E';

function page(head: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Local AWS</title>
<link rel="icon" href="${ICON}">
${head}
</head>
<body>
<div id="console"></div>
<noscript>The console needs JavaScript.</noscript>
${body}
</body>
</html>
`;
}

/** The page that local AWS serves. */
export function servedPage(path: string): string {
  const style = `<link rel="stylesheet" href="${path}/client.css">`;
  return page(style, `<script src="${path}/client.js"></script>`);
}

/** The headers of {@link servedPage} and its parts: nothing inline, and no other host. */
export const PAGE_HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;

/**
 * One file with the same views and a recorded trace. Its policy runs only its own script, and loads nothing.
 * @param lists the JSON documents of the calls and arrows of the recording
 */
export function savedPage(
  { script, style }: Assets,
  facts: Omit<Recording, 'calls' | 'arrows'>,
  lists: Readonly<Record<'calls' | 'arrows', readonly string[]>>,
): string {
  // Neither may end its element early.
  const code = script.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
  const { calls, arrows } = lists;
  const recording = `${JSON.stringify(facts).slice(0, -1)},"arrows":[${arrows.join(',')}],"calls":[${calls.join(',')}]}`;
  const data = recording.replaceAll('<', '\\u003c');
  const policy = `default-src 'none'; script-src '${hashOf(code)}'; style-src '${hashOf(style)}'; img-src data:; base-uri 'none'; form-action 'none'`;
  return page(
    `<meta http-equiv="Content-Security-Policy" content="${policy}">\n<style>${style}</style>`,
    `<script type="application/json" id="recording">${data}</script>\n<script>${code}</script>`,
  );
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
