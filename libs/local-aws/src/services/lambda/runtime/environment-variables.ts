import path from 'node:path';
import type { Credential } from '../../../core/credential.ts';
import type { FunctionVersion } from '../store.ts';

/** Not a flag of the process: child processes that run Node inherit it too. */
const PRELOAD = `--require "${path.join(import.meta.dirname, 'preload.cjs').replaceAll(/["\\]/g, '\\$&')}"`;

/**
 * The whole environment of a function's process, as AWS sets it. It has nothing of the server's own environment
 * (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime).
 */
export function environmentVariables(
  version: FunctionVersion,
  parts: {
    readonly credential: Credential;
    readonly logStream: string;
    readonly configured: Readonly<Record<string, string>>;
  },
): Readonly<Record<string, string>> {
  const { settings, region, code } = version;
  const node = settings.Runtime.replace(/^nodejs(\d+)\.x$/, 'node$1');
  const { credential } = parts;
  return {
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    PATH: '/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin',
    LD_LIBRARY_PATH: `/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:${code.taskRoot}:${code.taskRoot}/lib:/opt/lib`,
    NODE_PATH: `/opt/nodejs/${node}/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime:${code.taskRoot}`,
    // Not the developer's home: the function must not read configuration files there.
    HOME: '/home/sbx_user1051',
    AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
    AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1:2000',
    _AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1',
    _AWS_XRAY_DAEMON_PORT: '2000',
    ...parts.configured,
    NODE_OPTIONS: `${PRELOAD} ${parts.configured.NODE_OPTIONS ?? ''}`.trim(),
    _HANDLER: settings.Handler,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${settings.Runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: version.name,
    AWS_LAMBDA_FUNCTION_VERSION: version.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(settings.MemorySize),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: settings.LoggingConfig.LogGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: parts.logStream,
    AWS_ACCESS_KEY_ID: credential.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credential.secretAccessKey,
    ...(credential.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: credential.sessionToken }),
    LAMBDA_TASK_ROOT: code.taskRoot,
    LAMBDA_RUNTIME_DIR: import.meta.dirname,
  };
}
