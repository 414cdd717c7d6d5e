import { oneLine } from '../../printable.ts';

/** A release after the one that a project has. */
export interface Release {
  readonly version: string;
  /** What it mends, if it mends weaknesses: one text for each. */
  readonly weaknesses: readonly string[];
}

/** Longer texts are cut. */
const MAX_LENGTH = 300;

/**
 * Reads the releases after a version from a CHANGELOG.md, whose sections begin with `## 1.2.3`, the newest first. An entry that begins with
 * `**Security: …**` mends a weakness.
 * @returns `undefined` if it has no section of the version: then nobody knows which are newer
 */
export function releasesAfter(version: string, changelog: string): readonly Release[] | undefined {
  const sections = changelog.split(/^## /m).slice(1);
  const index = sections.findIndex((section) => versionOf(section) === version);
  if (index === -1) return undefined;
  return sections.slice(0, index).map((section) => ({
    version: versionOf(section),
    weaknesses: [...section.matchAll(/^- \*\*Security: ([^*]+)\*\*/gm)].map(([, text = '']) =>
      oneLine(text, MAX_LENGTH).replace(/\.$/, ''),
    ),
  }));
}

function versionOf(section: string): string {
  return /^\[?(\d+\.\d+\.\d+[\w.-]*)/.exec(section)?.[1] ?? '';
}
