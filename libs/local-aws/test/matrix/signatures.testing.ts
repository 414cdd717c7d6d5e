import { type Form, sign, type ToSign } from '../sign.testing.ts';
import { apiHost, type Bed } from './bed.testing.ts';
import { codes, type Known, type Service, situations } from './signature-situations.testing.ts';

/** Cases of invalid signatures, in both forms, for an API and for STS. */
export function signatureCases(bed: () => Bed, keys: () => Known): void {
  const cases = situations.flatMap(([situation, how, code, message]) =>
    (['execute-api', 'sts'] as const)
      .filter((service) => how.service === undefined || how.service === service)
      .flatMap((service) =>
        (['header', 'query'] as const)
          .filter((form) => how.form === undefined || how.form === form)
          .map((form) => {
            const type = codes[code][service === 'sts' ? 1 : 0];
            return { situation, service, form, how, type, message };
          }),
      ),
  );
  test.each(cases)(
    '$service answers $type to a request with $situation, signed in the $form',
    async ({ service, form, how, type, message, situation }) => {
      const { running, outputs } = bed();
      const known = keys();
      if (situation.startsWith('expired')) {
        running.aws.directory.endSession(known.otherSession.accessKeyId, 'expire');
      }
      const now = running.now();
      const request = sign(
        { ...subject(service, form, outputs.Main ?? ''), form, date: now, ...how.signing?.(now) },
        (how.keys ?? (({ user }) => user))(known),
      );
      const { answer, error, event } = await running.send(how.change?.(request) ?? request);
      expect([answer.status, error.type]).toEqual([403, type]);
      if (typeof message === 'string') expect(error.message).toBe(message);
      else expect(error.message).toMatch(message);
      expect(event).toMatchObject({
        service,
        status: 403,
        errorCode: type,
        refusal: { step: 'authentication' },
        decisions: [],
      });
    },
  );
}

function subject(service: Service, form: Form, apiId: string): Omit<ToSign, 'date'> {
  if (service === 'execute-api') {
    return { host: apiHost(apiId), path: '/dev/open?color=red&size=1', service };
  }
  const host = 'sts.us-east-1.amazonaws.com';
  const text = 'Action=GetCallerIdentity&Version=2011-06-15';
  return form === 'query'
    ? { host, path: `/?${text}`, service }
    : {
        host,
        method: 'POST',
        path: '/',
        body: text,
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        service,
      };
}

/** The keys for {@link signatureCases}. */
export async function createKeys(bed: Bed, accountId: string): Promise<Known> {
  const { directory } = bed.running.aws;
  const statements = [{ Effect: 'Allow', Action: '*', Resource: '*' }];
  const user = await bed.user(accountId, { name: 'signer', statements });
  const deleted = await bed.user(accountId, { name: 'deleted', statements });
  directory.users.deleteAccessKey(accountId, 'deleted', deleted.keys.accessKeyId);
  const role = await bed.role(accountId, { name: 'signing', statements });
  return {
    user: user.keys,
    deleted: deleted.keys,
    session: (await bed.session(role, user.keys)).keys,
    otherSession: (await bed.session(role, user.keys)).keys,
  };
}
