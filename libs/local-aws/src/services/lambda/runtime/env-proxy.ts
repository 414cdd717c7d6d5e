import http from 'node:http';

/**
 * Leaves `NODE_USE_ENV_PROXY` out of a function's variables if `env-proxy.cjs` can do its work later: Node loads undici at each start
 * with this variable. A Node without `http.setGlobalProxyFromEnv`, such as Node 22, needs it.
 * @param executable the Node that runs the function
 */
export function deferEnvProxy(
  variables: Readonly<Record<string, string>>,
  executable: string,
): Readonly<Record<string, string>> {
  const canDefer = executable === process.execPath && 'setGlobalProxyFromEnv' in http;
  if (!canDefer) return variables;
  const { NODE_USE_ENV_PROXY: _, ...others } = variables;
  return others;
}
