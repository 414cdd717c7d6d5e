/** The plugin that leads stage `local` to local AWS. The framework takes plugins of a service's own folder only. */
export { default } from '../libs/local-aws/src/serverless-plugin/index.ts';
