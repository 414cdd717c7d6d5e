/** The parts of Compose that compose-service.cjs uses. Compose has no types. */
declare module '@osls/compose/components/framework' {
  class ServerlessFramework {
    readonly inputs: { readonly path: string };
    readonly context: {
      readonly stage: string;
      readonly context?: { readonly output?: { readonly verboseMode?: boolean } };
    };
    exec(...given: readonly unknown[]): Promise<{ readonly stdout: string; readonly stderr: string }>;
    retrieveOutputs(): Promise<Readonly<Record<string, string>>>;
  }
  export = ServerlessFramework;
}
