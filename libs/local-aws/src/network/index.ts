export { AWS_DOMAINS, isAwsHost } from './aws-hosts.ts';
export {
  type CertificateAuthority,
  type CertificateAuthorityOptions,
  createCertificateAuthority,
} from './certificate-authority.ts';
export { ListenError, type ListenErrorCode } from './errors.ts';
export { HEALTH_PATH } from './health.ts';
export { DEFAULT_LIMITS, type NetworkLimits } from './limits.ts';
export {
  type Listener,
  type ListenOptions,
  listen,
  type NetworkEvent,
} from './listener.ts';
