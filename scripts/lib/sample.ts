import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Says why no project can be made from the services of a clone: `npm run create` replaces the names of the sample, and knows no others.
 * @param root the absolute path of the clone
 * @returns `undefined` if the services have the sample's names
 */
export function reasonAgainstCreate(root: string): string | undefined {
  const names = ['api', 'caller'].map((folder) => {
    const text = readFileSync(join(root, 'services', folder, 'serverless.yml'), 'utf8');
    return /^service: *(\S+)/m.exec(text)?.[1];
  });
  if (names.join(' ') === 'cross-account-api cross-account-caller') return undefined;
  return `The services of this clone are called ${names.join(' and ')}. A project is made from the sample, whose names it replaces: run this in a clone in which services/ was not changed. With --update, it works here, too.`;
}
