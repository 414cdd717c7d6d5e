import { type Command, type Options, UsageError, withOptions } from '@cross-account-api/command-line';
import { systemClock } from '../core/clock.ts';
import { commandName } from '../core/command-name.ts';
import { FaultInjector } from '../faults/index.ts';
import { Directory } from '../identity/directory.ts';
import { marksOf } from '../protocols/without-effect.ts';
import { supportedProperties } from '../services/cloudformation/engine/change/property-schema.ts';
import { createServices } from '../services/index.ts';
import type { ResourceType } from '../services/resource-type.ts';
import { createTrace } from '../trace/store.ts';

const typesOptions = {
  type: {
    type: 'string',
    value: 'TYPE',
    description: 'The properties of this type, e.g. AWS::Lambda::Function',
  },
} as const satisfies Options;

/** `local-aws types` */
export const typesCommand: Command<typeof typesOptions> = {
  summary: 'Lists the resource types that templates can have, and the properties of one.',
  options: typesOptions,
  examples: [['--type AWS::Lambda::Function', 'its properties']],
  exitCodes: { 0: 'listed', 2: 'local AWS has no such type' },
  async main({ type: typeName }) {
    const types = (await resourceTypes()).toSorted((a, b) => (a.typeName < b.typeName ? -1 : 1));
    if (typeName === undefined) {
      const call = withOptions(commandName('types'), '--type AWS::Lambda::Function');
      const hint = `${call} lists the properties of a type. Those without effect are accepted, so templates that have them can be deployed.`;
      process.stdout.write(`${types.map(typeLine).join('\n')}\n\n${hint}\n`);
      return 0;
    }
    const type = types.find((one) => one.typeName === typeName);
    if (type === undefined) {
      const message = `local AWS has no type ${typeName}. \`${commandName('types')}\` lists those that it has.`;
      throw new UsageError(message);
    }
    const lines = supportedProperties(type.properties).map((name) => propertyLine(type, name));
    process.stdout.write(`${[typeLine(type), ...lines].join('\n')}\n`);
    return 0;
  },
};

/** The resource types of local AWS, without starting one. */
async function resourceTypes(): Promise<readonly ResourceType[]> {
  const services = createServices({
    clock: systemClock,
    directory: new Directory({ clock: systemClock, accountIds: [] }),
    faults: new FaultInjector(),
    freshAccounts: false,
    tokenIssuers: undefined,
    trace: createTrace(),
    functionEnvironment: () => ({}),
    report: () => {},
    trustHost: async () => {},
    origin: () => '',
    projects: [],
  });
  await services.close();
  return services.resourceTypes;
}

function typeLine({ typeName, isInert }: ResourceType): string {
  return isInert ? `${typeName}  (no effect)` : typeName;
}

/** A property, with the reasons if it has no effect, or only part of it. */
function propertyLine({ properties }: ResourceType, name: string): string {
  const marks = marksOf(properties).filter(({ path }) => path === name || path.startsWith(`${name}.`));
  const reasons = [...new Set(marks.map(({ reason }) => reason))];
  return `  ${name}${reasons.length > 0 ? `  (no effect: ${reasons.join('; ')})` : ''}`;
}
