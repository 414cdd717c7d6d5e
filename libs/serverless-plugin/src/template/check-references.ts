import { closest, distance } from 'fastest-levenshtein';
import type { TemplateStep } from '../deployment.ts';
import type { Template } from '../framework.ts';
import { type Fault, refuse } from '../mistake.ts';
import { type Reference, referencesOf, TRANSFORM } from './references.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html */
const PSEUDO_PARAMETERS: readonly string[] = [
  'AWS::AccountId',
  'AWS::NoValue',
  'AWS::NotificationARNs',
  'AWS::Partition',
  'AWS::Region',
  'AWS::StackId',
  'AWS::StackName',
  'AWS::URLSuffix',
];

/**
 * Refuses names that the finished template does not have: of resources, parameters and conditions, in `Ref`, `Fn::GetAtt`, `Fn::Sub`,
 * `Fn::If`, `DependsOn` and `Condition`. CloudFormation would refuse each alone, and only when it is deployed. A template with a macro is
 * not judged, as the macro may add what is missing; nor is what stands beside a `Fn::Transform`.
 */
export const checkReferences: TemplateStep = (template) => {
  if (mayGetNames(template)) return;
  refuse(referencesOf(template).flatMap((reference) => faultOf(reference, template)));
};

/** Whether a macro may add resources, parameters or conditions: it can change its siblings and what is below them. */
function mayGetNames(template: Template): boolean {
  const { Resources, Parameters = {}, Conditions = {}, Transform } = template;
  return (
    Transform !== undefined ||
    [template, Resources, Parameters, Conditions].some((part) => Object.hasOwn(part, TRANSFORM))
  );
}

function faultOf(reference: Reference, { Resources, Parameters = {}, Conditions = {} }: Template): Fault[] {
  const { by, name, path } = reference;
  const resources = Object.keys(Resources);
  const parameters = [...Object.keys(Parameters), ...PSEUDO_PARAMETERS];
  const isIn = (section: string) => path === section || path.startsWith(`${section}.`);
  // What CloudFormation makes of names in metadata is not documented, and mappings are read when they are needed.
  if (by === 'Fn::FindInMap' || /^Resources\.[^.]+\.Metadata(?:\.|$)/.test(path)) return [];
  if (by === 'Condition' || by === 'Fn::If') {
    // In properties, it is a name like any other.
    const isCondition = by === 'Fn::If' || isIn('Conditions') || path.split('.').length === 3;
    return isCondition ? missing(reference, 'condition', Object.keys(Conditions)) : [];
  }
  if (isIn('Conditions')) {
    if (!resources.includes(name)) return missing(reference, 'parameter', parameters);
    const rule = `names the resource ${name} (${by}): conditions are decided before there are resources.`;
    return [{ path, rule, remedy: 'Name a parameter.' }];
  }
  // CloudFormation puts the resources of a module into the template, under names that begin with the module's.
  const isOfModule = Object.entries(Resources).some(
    ([id, { Type }]) => String(Type).endsWith('::MODULE') && name.startsWith(id),
  );
  if (isOfModule) return [];
  const isOfResources = by === 'DependsOn' || by === 'Fn::GetAtt';
  return isOfResources
    ? missing(reference, 'resource', resources)
    : missing(reference, 'resource or parameter', [...resources, ...parameters]);
}

/** @param names that there are */
function missing({ by, name, path }: Reference, what: string, names: readonly string[]): Fault[] {
  if (names.includes(name)) return [];
  const near = names.length === 0 ? '' : closest(name, names);
  // Further apart, it is another word.
  const isNear = near !== '' && distance(name, near) <= Math.max(2, name.length / 4);
  return [
    {
      path: by === 'DependsOn' || by === 'Condition' ? path : `${path} (${by})`,
      rule: `names "${name}", and the template has no such ${what}.`,
      remedy: isNear ? `Write ${near}.` : 'Add it, or remove what names it.',
    },
  ];
}
