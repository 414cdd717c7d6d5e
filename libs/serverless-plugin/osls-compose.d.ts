/** The parts of Compose that compose-service.cjs uses. Compose has no types. */
declare module '@osls/compose/components/framework' {
  class ServerlessFramework {
    readonly inputs: { readonly path: string };
    readonly context: { readonly stage: string };
    retrieveOutputs(): Promise<Readonly<Record<string, string>>>;
  }
  export = ServerlessFramework;
}
