import type { FunctionVersion } from '../store.ts';
import { functionArn } from './function-name.ts';

/**
 * A version as the API describes it (`FunctionConfiguration`).
 * @param qualified whether the ARN carries the version, as it does where the request named one
 */
export function describeVersion(version: FunctionVersion, qualified: boolean): object {
  const { settings, code, scope, functionName } = version;
  const { logging } = settings;
  return {
    FunctionName: functionName,
    FunctionArn: functionArn({
      ...scope,
      name: functionName,
      ...(qualified ? { qualifier: version.version } : {}),
    }),
    Runtime: settings.runtime,
    Role: settings.roleArn,
    Handler: settings.handler,
    CodeSize: code.size,
    Description: settings.description,
    Timeout: settings.timeout,
    MemorySize: settings.memorySize,
    LastModified: version.lastModified.toISOString().replace('Z', '+0000'),
    CodeSha256: code.sha256,
    Version: version.version,
    ...(Object.keys(settings.environment).length === 0
      ? {}
      : { Environment: { Variables: settings.environment } }),
    TracingConfig: { Mode: settings.tracing },
    RevisionId: version.revisionId,
    State: 'Active',
    LastUpdateStatus: 'Successful',
    PackageType: 'Zip',
    Architectures: [settings.architecture],
    EphemeralStorage: { Size: settings.ephemeralStorage },
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    LoggingConfig: {
      LogFormat: logging.format,
      ...(logging.format === 'JSON'
        ? { ApplicationLogLevel: logging.applicationLevel, SystemLogLevel: logging.systemLevel }
        : {}),
      LogGroup: logging.group,
    },
  };
}
