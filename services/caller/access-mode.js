/** The statement of the caller's role that each access mode takes. */
const STATEMENTS = /** @type {const} */ ({
  AssumeInvokeRole: 'assume-role',
  InvokeRoutes: 'resource-policy',
});

/**
 * A plugin that takes out of serverless.yml what the stage's access mode does not use. While the mode is changed
 * (`previousAccessMode`), the role keeps the statements of both: an invocation may have begun with the previous one.
 */
export default class AccessMode {
  /** @param {Serverless} serverless */
  constructor({ service }) {
    this.hooks = {
      // Before anything is packaged, so that `sls deploy function` sees it, too.
      initialize: () => {
        const { accessMode, accessModes } = service.custom.settings;
        const { caller } = service.functions;
        if (accessMode !== 'assume-role') {
          delete caller.environment.INVOKE_ROLE_ARN;
          delete caller.environment.EXTERNAL_ID;
        }
        caller.iamRoleStatements = caller.iamRoleStatements.filter(
          ({ Sid }) => !(Sid in STATEMENTS) || accessModes.includes(STATEMENTS[Sid]),
        );
      },
    };
  }
}

/**
 * @typedef {{
 *   service: {
 *     custom: { settings: import('../preflight.js').StageSettings },
 *     functions: {
 *       caller: {
 *         environment: Record<string, unknown>,
 *         iamRoleStatements: { Sid: keyof typeof STATEMENTS }[],
 *       },
 *     },
 *   },
 * }} Serverless what this plugin uses of the framework
 */
