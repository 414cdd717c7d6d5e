// aws4fetch alone, with STS in the init phase.
import { assumeRole } from '../aws4fetch.js';

await assumeRole();

export { handler } from '../aws4fetch.js';
