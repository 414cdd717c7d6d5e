import http from 'node:http';
import tls from 'node:tls';
import type { Origin } from './send.ts';

/**
 * Leads the global `fetch`, `http` and `https` of this process to local AWS. @returns a function that restores proxy and CA
 * @throws Error if this version of Node cannot do it
 */
export function useForFetch({ url, ca }: Origin): () => void {
  // Newer than the oldest Node that the package takes. An import by name would fail there.
  const setProxy: typeof http.setGlobalProxyFromEnv | undefined = http.setGlobalProxyFromEnv;
  if (setProxy === undefined) {
    throw new Error(
      `Node ${process.versions.node} cannot change the proxy of fetch while it runs. Use Node 24.14 or later, or the fetch of TestAws.`,
    );
  }
  const trusted = tls.getCACertificates('default');
  const restoreProxy = setProxy({ HTTPS_PROXY: url, HTTP_PROXY: url, NO_PROXY: '127.0.0.1,localhost,::1' });
  tls.setDefaultCACertificates([...trusted, ca()]);
  let isRestored = false;
  return () => {
    if (isRestored) return;
    isRestored = true;
    restoreProxy();
    tls.setDefaultCACertificates(trusted);
  };
}
