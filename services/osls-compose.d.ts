/** What compose-service.cjs uses of Compose, which has no types. */
declare module '@osls/compose/components/framework' {
  interface Output {
    readonly stdout: string;
    readonly stderr: string;
  }
  class ServerlessFramework {
    ensureFrameworkVersion(): Promise<void>;
    exec(program: string, args: readonly string[], ...options: unknown[]): Promise<Output>;
  }
  export = ServerlessFramework;
}
