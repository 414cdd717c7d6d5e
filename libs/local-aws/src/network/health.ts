/** The path at which a listener says who it is; on this machine's own names only, unsigned. */
export const HEALTH_PATH = '/_local-aws/health';
