import { ok } from '#kernel';
import { type Answer, refuse } from './refusal.ts';
import { childrenOf, childOf, type Element, textOf } from './xml-read.ts';
import { element, type Markup, optional, xmlDocument } from './xml-write.ts';

/** What happens to objects of a bucket as they age. Ages are in days; null: never. */
export interface LifecycleRule {
  readonly id: string;
  readonly enabled: boolean;
  readonly prefix: string;
  /** The present version is deleted (in a versioned bucket: hidden by a delete marker). */
  readonly expireAfterDays: number | null;
  /** A delete marker with no version beneath it is deleted. */
  readonly expireLoneMarkers: boolean;
  /** A version is deleted so long after a newer one took its place. */
  readonly expireNoncurrentAfterDays: number | null;
  readonly abortUploadsAfterDays: number | null;
}

const RULES_MAX = 1000;

/**
 * Reads a lifecycle configuration. What is not enforced here is refused, since a rule that is only stored is a promise
 * that is broken in silence. Failures: `MalformedXML`, `InvalidArgument`, `NotImplemented`.
 */
export function parseLifecycle(root: Element): Answer<readonly LifecycleRule[]> {
  const rules: LifecycleRule[] = [];
  for (const child of childrenOf(root, 'Rule')) {
    const rule = parseRule(child, `rule-${rules.length + 1}`);
    if (!rule.ok) return rule;
    rules.push(rule.value);
  }
  if (root.name !== 'LifecycleConfiguration' || rules.length === 0 || rules.length > RULES_MAX) {
    return refuse('MalformedXML', `A lifecycle configuration has 1 to ${RULES_MAX} rules.`);
  }
  if (new Set(rules.map(({ id }) => id)).size < rules.length) {
    return refuse('InvalidArgument', 'Each rule of a lifecycle configuration has an ID of its own.');
  }
  return ok(rules);
}

/** The configuration as S3 tells it. */
export function lifecycleDocument(rules: readonly LifecycleRule[]): string {
  return xmlDocument('LifecycleConfiguration', ...rules.map(ruleElement));
}

const KNOWN: Readonly<Record<string, readonly string[]>> = {
  Rule: [
    'ID',
    'Status',
    'Prefix',
    'Filter',
    'Expiration',
    'NoncurrentVersionExpiration',
    'AbortIncompleteMultipartUpload',
  ],
  Filter: ['Prefix'],
  Expiration: ['Days', 'ExpiredObjectDeleteMarker'],
  NoncurrentVersionExpiration: ['NoncurrentDays'],
  AbortIncompleteMultipartUpload: ['DaysAfterInitiation'],
};

function parseRule(rule: Element, defaultId: string): Answer<LifecycleRule> {
  const unknown = unknownElement(rule);
  if (unknown !== null)
    return refuse('NotImplemented', `Lifecycle rules with ${unknown} are not enforced here.`);
  const status = textOf(rule, 'Status');
  if (status !== 'Enabled' && status !== 'Disabled') {
    return refuse('MalformedXML', 'The Status of a rule is Enabled or Disabled.');
  }
  const expire = daysOf(rule, 'Expiration', 'Days');
  const noncurrent = daysOf(rule, 'NoncurrentVersionExpiration', 'NoncurrentDays');
  const abort = daysOf(rule, 'AbortIncompleteMultipartUpload', 'DaysAfterInitiation');
  if (!expire.ok) return expire;
  if (!noncurrent.ok) return noncurrent;
  if (!abort.ok) return abort;
  const filter = childOf(rule, 'Filter');
  return ok({
    id: textOf(rule, 'ID') || defaultId,
    enabled: status === 'Enabled',
    prefix: (filter === null ? textOf(rule, 'Prefix') : textOf(filter, 'Prefix')) ?? '',
    expireAfterDays: expire.value,
    expireLoneMarkers: textOf(childOf(rule, 'Expiration') ?? rule, 'ExpiredObjectDeleteMarker') === 'true',
    expireNoncurrentAfterDays: noncurrent.value,
    abortUploadsAfterDays: abort.value,
  });
}

function unknownElement(parent: Element): string | null {
  for (const child of parent.children) {
    const known = KNOWN[parent.name];
    if (known !== undefined && !known.includes(child.name)) return child.name;
    const within = unknownElement(child);
    if (within !== null) return within;
  }
  return null;
}

function daysOf(rule: Element, action: string, name: string): Answer<number | null> {
  const parent = childOf(rule, action);
  const text = parent === null ? null : textOf(parent, name);
  if (text === null) return ok(null);
  return /^[1-9]\d{0,5}$/.test(text)
    ? ok(Number(text))
    : refuse('InvalidArgument', `${name} is a whole number of days, at least 1.`);
}

function ruleElement(rule: LifecycleRule): Markup {
  const expiration = [
    optional('Days', rule.expireAfterDays),
    rule.expireLoneMarkers ? element('ExpiredObjectDeleteMarker', true) : null,
  ].filter((member) => member !== null);
  const { expireNoncurrentAfterDays: noncurrent, abortUploadsAfterDays: abort } = rule;
  return element(
    'Rule',
    element('ID', rule.id),
    element('Filter', element('Prefix', rule.prefix)),
    element('Status', rule.enabled ? 'Enabled' : 'Disabled'),
    expiration.length === 0 ? null : element('Expiration', ...expiration),
    noncurrent === null
      ? null
      : element('NoncurrentVersionExpiration', element('NoncurrentDays', noncurrent)),
    abort === null ? null : element('AbortIncompleteMultipartUpload', element('DaysAfterInitiation', abort)),
  );
}
