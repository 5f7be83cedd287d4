// The structured values that the component hands to the steps as JSON.
import type { StackBase } from '../images/bases.ts';
import { type Platform, parsePlatform } from '../images/platform.ts';
import { parseReference } from '../images/reference.ts';
import type { GitSetting } from './git.ts';
import type { KanikoSettings } from './kaniko-pod.ts';

/** Where the BuildKit of each platform listens. */
export type Builders = Record<Platform, string>;

const GIT_KEY = /^[a-z][a-z0-9-]*\.(?:.*\.)?[a-z][a-z0-9-]*$/i;

/** `[["key", "value"], …]`, keys as git's configuration has them: section[.subsection].name. */
export function parseGitSettings(text: string): GitSetting[] {
  return list(text).map((entry, i) => {
    const [key, value, ...more]: unknown[] = Array.isArray(entry) ? entry : [];
    if (typeof key !== 'string' || typeof value !== 'string' || more.length > 0 || !GIT_KEY.test(key)) {
      throw new Error(`an entry ${i} that is no [key, value] of git settings`);
    }
    return [key, value];
  });
}

/** A base of the stack; `images`: the repositories that it is for, all where it names none. */
export interface OfferedBase extends StackBase {
  images?: string[];
}

/** `[{repository, tag, reference, images?}, …]`; every reference has a digest. */
export function parseBases(text: string): OfferedBase[] {
  return list(text).map((entry, i) => {
    const { repository, tag, reference, images } = (entry ?? {}) as Partial<Record<string, unknown>>;
    if (typeof repository !== 'string' || typeof tag !== 'string' || typeof reference !== 'string') {
      throw new Error(`an entry ${i} without repository, tag or reference`);
    }
    if (!parseReference(reference).digest) throw new Error(`"${reference}", which has no digest`);
    if (images === undefined) return { repository, tag, reference };
    if (!Array.isArray(images) || !images.every(image => typeof image === 'string')) {
      throw new Error(`an entry ${i} whose images are no list of texts`);
    }
    return { repository, tag, reference, images };
  });
}

/** The bases that hold for one image: an entry that names it goes before one that names none. */
export function basesFor(repository: string, offered: readonly OfferedBase[]): StackBase[] {
  const own = offered.filter(({ images }) => images?.includes(repository));
  return [...own, ...offered.filter(({ images }) => images === undefined)];
}

/** `{"linux/amd64": "tcp://host:port", …}`. */
export function parseBuilders(text: string): Builders {
  const value: unknown = json(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('something other than an object');
  return Object.fromEntries(
    Object.entries(value).map(([platform, address]) => {
      if (typeof address !== 'string' || !/^(?:tcp:\/\/[^\s/]+:[0-9]+|unix:\/\/\/\S+)$/.test(address)) {
        throw new Error(`${JSON.stringify(address)} for ${platform}`);
      }
      return [parsePlatform(platform), address];
    }),
  );
}

/** What the component knows of Kaniko's pods; both images have a digest. */
export function parseKaniko(text: string): KanikoSettings {
  const { namespace, serviceAccount, image, stepImage, resources, emulate, login, gitSecret } = (json(text) ??
    {}) as Record<string, unknown>;
  const { cpu, memory } = (resources ?? {}) as Record<string, unknown>;
  const texts = { namespace, serviceAccount, image, stepImage, cpu, memory };
  const missing = Object.entries(texts).filter(([, value]) => typeof value !== 'string' || value === '');
  if (missing.length > 0) throw new Error(`no ${missing.map(([name]) => name).join(', ')}`);
  if (!Array.isArray(emulate)) throw new Error('no list emulate');
  for (const [name, secret] of Object.entries({ login, gitSecret })) {
    if (secret !== undefined && (typeof secret !== 'string' || secret === ''))
      throw new Error(`a ${name} that names no Secret`);
  }
  const checked = texts as Record<keyof typeof texts, string>;
  for (const one of [checked.image, checked.stepImage]) {
    if (!parseReference(one).digest) throw new Error(`"${one}", which has no digest`);
  }
  return {
    namespace: checked.namespace,
    serviceAccount: checked.serviceAccount,
    image: checked.image,
    stepImage: checked.stepImage,
    resources: { cpu: checked.cpu, memory: checked.memory },
    emulate: emulate.map(platform => parsePlatform(String(platform))),
    ...(login !== undefined && { login: login as string }),
    ...(gitSecret !== undefined && { gitSecret: gitSecret as string }),
  };
}

function list(text: string): unknown[] {
  const value = json(text);
  if (!Array.isArray(value)) throw new Error('something other than a list');
  return value;
}

// JSON.parse quotes its input in its message, and the input may carry credentials.
function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${text.length} characters that are not JSON`);
  }
}
