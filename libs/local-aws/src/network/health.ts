/** The path at which a listener says who it is; on this machine's own names only, unsigned. */
export const HEALTH_PATH = '/_local-aws/health';

/** Below it is what local AWS says and does on its own account; no path of AWS begins like this. */
export const CONTROL_PREFIX = '/_local-aws/';
