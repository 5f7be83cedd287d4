// The rule that no secret is declared in plain: Pulumi would show it in previews, keep it readable in the state, and
// whoever may read the object could read it too.
//
// It looks for what is certain, and guesses at nothing: a Secret's own values, texts that the caller knows to be secret,
// texts in a form that only secrets have, and variables whose name says that they hold one.
import { podsIn } from './pods.ts';
import { fieldsOf, itemsOf, type Resource, Secret, textsOf, type Value } from './resource.ts';
import type { Facts, Finding, Rule } from './rule.ts';

export const secretRule: Rule = {
  name: 'secret',
  keeps: 'no secret is declared in plain',
  find: (resource, facts) => {
    const findings = [...ownValues(resource, facts), ...telltaleTexts(resource, facts), ...namedVariables(resource)];
    // One place, one finding: the first says most.
    return findings.filter(({ path }, i) => findings.findIndex(other => other.path === path) === i);
  },
};

/** Texts in a form that only a secret has, with what it is called. */
export const forms: readonly { what: string; form: RegExp }[] = [
  { what: 'a private key', form: /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/ },
  { what: 'a password hash', form: /\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}/ },
  { what: 'a URL with a password', form: /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@"']*:(?!\$[({])[^\s/@"']+@/i },
  { what: 'a JSON web token', form: /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/ },
  { what: 'an access key of AWS', form: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/ },
  { what: 'a key of Google', form: /\bAIza[\w-]{35}/ },
  { what: 'a token of GitHub', form: /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{22,})/ },
  { what: 'a token of GitLab', form: /\bglpat-[\w-]{20,}/ },
  { what: 'a token of Slack', form: /\bxox[abeprs]-[\w-]{10,}/ },
  { what: 'a token of Hugging Face', form: /\bhf_[A-Za-z0-9]{30,}/ },
  { what: 'a key of an AI provider', form: /\bsk-(?:[a-z]+-)*[A-Za-z0-9_-]{20,}/ },
  { what: 'a token of npm or PyPI', form: /\b(?:npm_[A-Za-z0-9]{36}|pypi-[\w-]{50,})/ },
  { what: 'the login of a docker config', form: /"auth"\s*:\s*"[A-Za-z0-9+/]{8,}={0,2}"/ },
];

/** The end of a variable's name that says that it holds a secret; `…_FILE`, `…_ID` and their like say otherwise. */
export const secretName =
  /(?:^|[_.-])(?:password|passwd|passphrase|secret|token|credentials?|(?:api|access|account|secret|private|signing|encryption|master)[_.-]?key)$/i;

/** What such a variable may hold in plain: nothing, a path, a switch, or a reference that is filled in later. */
export const plainValue = /^(?:|\/[\w./-]*|true|false|none|null|\$\(.*\)|\$\{.*\})$/i;

// A Secret, and what docker-build hands to a build as one. The Kubernetes SDK calls secret whatever it is given for a
// Secret: a text that the program has in itself shows only where every other secret is known.
function ownValues({ kind, fields }: Resource, { secretTexts, allSecrets }: Facts): Finding[] {
  const sections = { Secret: ['data', 'stringData'], Image: ['secrets'] }[kind] ?? [];
  return sections
    .flatMap(section => [...textsOf(fields[section], section, true)])
    .filter(({ text }) => text !== '')
    .filter(({ text, hidden }) => !hidden || (allSecrets && !secretTexts.some(known => text.includes(known))))
    .map(({ path, text, hidden }) => {
      const why = hidden ? 'that is written in the program' : 'that Pulumi takes for plain';
      return finding(path, `a text of ${text.length} characters ${why}`);
    });
}

function telltaleTexts({ fields }: Resource, { secretTexts }: Facts): Finding[] {
  return [...textsOf(fields)].flatMap(({ path, text }) => {
    const given = secretTexts.some(known => text.includes(known));
    const what = given ? "a secret of the stack's configuration" : forms.find(({ form }) => form.test(text))?.what;
    return what === undefined ? [] : [finding(path, what)];
  });
}

function namedVariables(resource: Resource): Finding[] {
  return variables(resource).flatMap(({ path, name, value }) => {
    // A command is run on this machine, and its environment stays in the state, encrypted.
    if (value instanceof Secret && resource.kind !== 'Command')
      return [finding(path, 'a secret of Pulumi, outside a Secret')];
    if (typeof value !== 'string' || !secretName.test(name) || plainValue.test(value)) return [];
    return [finding(path, `a plain text, and "${name}" names a secret`)];
  });
}

/** Environment variables of containers and commands, entries of ConfigMaps, build arguments. */
function variables(resource: Resource): { path: string; name: string; value: Value | undefined }[] {
  const { kind, fields } = resource;
  const entries = (path: string, section: Value | undefined) =>
    Object.entries(fieldsOf(section)).map(([name, value]) => ({ path: `${path}.${name}`, name, value }));
  const environments = podsIn(resource).flatMap(({ containers, template }) => [
    ...containers,
    ...(template ? [template] : []),
  ]);
  return [
    ...environments.flatMap(({ path, fields: { env } }) =>
      itemsOf(env).map((item, i) => {
        const { name, value } = fieldsOf(item);
        return { path: `${path}.env[${i}].value`, name: String(name), value };
      }),
    ),
    ...(kind === 'ConfigMap' ? entries('data', fields.data) : []),
    ...(kind === 'Command' ? entries('environment', fields.environment) : []),
    ...(kind === 'Image' ? entries('buildArgs', fields.buildArgs) : []),
  ];
}

function finding(path: string, found: string): Finding {
  return {
    path,
    found,
    allowed: 'a secret of Pulumi in a Secret, and references to it',
    remedy: 'set it with `pulumi config set --secret`, and if it was ever committed or shown, renew it',
  };
}
