import { advance, FakeSts, holdTime, releaseTime, roleArn } from './fake-sts.testing.ts';
import { type AssumedRoleOptions, createAssumedRole } from './index.ts';

/** In milliseconds. */
export const MINUTE = 60_000;

/** Holds the time in each test of a file, and proves after each that nothing waits in the background. */
export function holdTimeInEachTest(): void {
  beforeEach(holdTime);
  afterEach(() => {
    // Nothing may wait in the background after a test.
    expect(jest.getTimerCount()).toBe(0);
    releaseTime();
  });
}

/** A role whose STS is a fake. */
export function setUp(options: Partial<AssumedRoleOptions> = {}) {
  const sts = new FakeSts();
  const warnings: { message: string; details: Readonly<Record<string, unknown>> }[] = [];
  const role = createAssumedRole({
    roleArn,
    sessionName: 'caller',
    client: sts.client,
    logger: { warn: (message, details) => void warnings.push({ message, details }) },
    ...options,
  });
  /** Credentials that were fetched, and that have this long to live. */
  const ageTo = async (leftMs: number): Promise<void> => {
    await role();
    await advance(60 * MINUTE - leftMs);
  };
  const key = async (): Promise<string> => (await role()).accessKeyId.slice(-1);
  return { sts, role, warnings, ageTo, key };
}
