import type { RefusalWords } from './refusal-words.ts';

/** What clients say if they get no answer: policies were not asked, or it is not known. */
export const networkWords = {
  'untrusted certificate': {
    says: /CERTIFICATE_VERIFY_FAILED|unable to get (?:local )?issuer certificate|UNABLE_TO_(?:GET_ISSUER_CERT|VERIFY_LEAF_SIGNATURE)|self[- ]signed certificate|certificate signed by unknown authority|UnknownIssuer|no alternative certificate subject name|certificate has expired|CERT_HAS_EXPIRED|ERR_TLS_CERT_ALTNAME_INVALID|PKIX path building failed/i,
    means:
      "The client does not trust the certificate of the server, so it sent no request. AWS's certificates are trusted everywhere: a proxy in between has its own certificate, the domain has one that is private or for another name, or it is local AWS's.",
    advice: [
      'Behind a proxy that reads TLS, give the client its certificate authority: NODE_EXTRA_CA_CERTS, AWS_CA_BUNDLE or REQUESTS_CA_BUNDLE. For Java, import it into the trust store that the process uses: keytool -importcert.',
      'A private API answers at its VPC endpoint with the certificate of *.execute-api.<region>.amazonaws.com: call that host, or send it in the header Host.',
      'For local AWS: source .local-aws/env',
    ],
    tellsCause: true,
  },
  'unknown host': {
    says: /getaddrinfo (?:ENOTFOUND|EAI_AGAIN) ?(\S*)|could not resolve host|name or service not known|\bUnknownHostException\b|\bunknown host\. \(/i,
    means:
      'The host of the URL has no address where the client is. The name of a private API is known only in a VPC that has an endpoint with private DNS. A deleted API has no name, either.',
    advice: [],
    tellsCause: false,
  },
  'no connection': {
    says: /connect timeout on endpoint url|could not connect to the endpoint url|connect timed out|connect ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT|dial tcp \S+ (?:i\/o timeout|connect: connection timed out)|curl returned error code 28/i,
    means:
      'The client could not connect, so AWS decided nothing. A function in a VPC reaches only what its subnets reach, and the internet only through a NAT gateway.',
    advice: [
      'Without a NAT gateway, the VPC needs interface endpoints: com.amazonaws.<region>.sts for AssumeRole, and com.amazonaws.<region>.execute-api for a private API. Their security group must admit port 443 from the function.',
      'An endpoint answers for the regional host only: ask sts.<region>.amazonaws.com, not sts.amazonaws.com. SDKs that are old need AWS_STS_REGIONAL_ENDPOINTS=regional.',
      'A function that calls only public addresses needs no VPC.',
    ],
    tellsCause: true,
  },
  'connection lost': {
    says: /\bECONNRESET\b|socket hang up|\bEPIPE\b/,
    means:
      'The connection ended before the answer arrived, so it is not known whether the request was executed. In a function, it is mostly a connection that was kept while the function was frozen.',
    advice: [
      'Send the request again if it may be executed twice, or with an idempotency key.',
      'Await every request before the handler returns: what is left in flight is frozen with the function.',
    ],
    tellsCause: true,
  },
} as const satisfies Readonly<Record<string, RefusalWords>>;
