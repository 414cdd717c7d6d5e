/** aws4 comes without types. These are the parts that the tests use. */
declare module 'aws4' {
  interface Request {
    method?: string;
    host?: string;
    path?: string;
    headers?: Record<string, string | number>;
    body?: string;
    service?: string;
    region?: string;
    signQuery?: boolean;
  }
  interface Credentials {
    accessKeyId: string;
    secretAccessKey: string;
    sessionToken?: string;
  }
  const aws4: { sign(request: Request, credentials: Credentials): Request };
  export default aws4;
}
