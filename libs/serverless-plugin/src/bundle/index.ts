export { aws4fetchHeaders } from './aws4fetch-headers-plugin.ts';
export { environmentCredentials } from './environment-credentials.ts';
export { eventStreams } from './event-streams.ts';
export { groupBuilds } from './group-builds.ts';
export { lazyBuiltins } from './lazy-builtins.ts';
export { sameFileMode } from './same-file-mode.ts';
