/** The plugin that leads stage `local` to the local AWS that runs. */
export { default } from '../libs/local-aws/src/serverless-plugin/index.ts';
