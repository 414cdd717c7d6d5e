/*
 * How long AWS and others maintain what a project is made of. A date changes seldom: correct it here, with the day on which you looked.
 */

/** The day on which the dates of this file were looked up. */
export const LOOKED_UP = '2026-12-01';

/** The life of a version. Dates are ISO 8601, UTC. */
export interface Lifetime {
  /** Its last day with security fixes. Absent: no end is announced. */
  readonly ends?: string;
  /** From this day on, Lambda refuses to create and to update functions. */
  readonly blocked?: string;
}

/** Dates with their source. */
interface Lifetimes {
  readonly source: string;
  readonly of: Readonly<Record<string, Lifetime>>;
}

/** Lambda's runtimes. */
export const runtimes: Lifetimes = {
  source: 'https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html',
  of: {
    dotnet8: { ends: '2026-11-10', blocked: '2027-01-11' },
    java11: { ends: '2026-06-30', blocked: '2026-08-31' },
    java17: { ends: '2026-06-30', blocked: '2026-08-31' },
    java21: { ends: '2029-06-30', blocked: '2029-08-31' },
    java25: { ends: '2029-06-30', blocked: '2029-08-31' },
    'nodejs18.x': { ends: '2025-09-01', blocked: '2026-07-01' },
    'nodejs20.x': { ends: '2026-04-30', blocked: '2026-07-01' },
    'nodejs22.x': { ends: '2027-04-30', blocked: '2027-07-01' },
    'nodejs24.x': { ends: '2028-04-30', blocked: '2028-07-01' },
    'provided.al2': { ends: '2026-06-30', blocked: '2026-08-31' },
    'provided.al2023': { ends: '2029-06-30', blocked: '2029-08-31' },
    'python3.9': { ends: '2025-12-15', blocked: '2026-07-01' },
    'python3.10': { ends: '2026-06-30', blocked: '2026-08-31' },
    'python3.11': { ends: '2026-06-30', blocked: '2026-08-31' },
    'python3.12': { ends: '2028-10-31', blocked: '2029-01-10' },
    'python3.13': { ends: '2029-06-30', blocked: '2029-08-31' },
    'python3.14': { ends: '2029-06-30', blocked: '2029-08-31' },
    'ruby3.2': { ends: '2026-03-31', blocked: '2026-07-01' },
    'ruby3.3': { ends: '2027-03-31', blocked: '2027-05-31' },
    'ruby3.4': { ends: '2028-03-31', blocked: '2028-05-31' },
  },
};

/** The major versions of Node, which run the tools. */
export const nodeVersions: Lifetimes = {
  source: 'https://github.com/nodejs/Release#release-schedule',
  of: {
    20: { ends: '2026-04-30' },
    22: { ends: '2027-04-30' },
    24: { ends: '2028-04-30' },
  },
};

/** The major versions of osls, which announces no ends. Version 3 "continues to receive bug and security fixes". */
export const oslsVersions: Lifetimes = {
  source: 'https://github.com/oss-serverless/osls#readme',
  of: { 3: {}, 4: {} },
};

/** The major versions of the AWS SDK for JavaScript. */
export const sdkVersions: Lifetimes = {
  source: 'https://docs.aws.amazon.com/sdkref/latest/guide/version-support-matrix.html',
  of: { 2: { ends: '2025-09-08' }, 3: {} },
};

/**
 * Until when new versions of the AWS SDK for JavaScript 3 run on a major version of Node: eight months longer than Node itself is maintained,
 * to the second week of January.
 */
export const nodeVersionsOfSdk: Lifetimes = {
  source:
    'https://aws.amazon.com/blogs/developer/aws-sdk-for-javascript-aligns-with-node-js-release-schedule',
  of: { 20: { ends: '2027-01-08' }, 22: { ends: '2028-01-08' }, 24: { ends: '2029-01-08' } },
};
