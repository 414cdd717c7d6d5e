export { aws4fetchHeaders } from './aws4fetch-headers-plugin.ts';
export { environmentCredentials } from './environment-credentials.ts';
export { lazyHttp } from './lazy-http.ts';
export { sameFileMode } from './same-file-mode.ts';
