// What a rule is, what it may know of the stack, and what it finds.
import type { Platform } from '../images/platform.ts';
import type { Reference } from '../images/reference.ts';
import type { Resource } from './resource.ts';

/** What a rule may know beside the resource. */
export interface Facts {
  /** Names of the stack's own registry, and the mirror it may have. */
  registries: string[];
  /** Images from outside that the lock pins, as full references with digest. */
  upstream: string[];
  /** Platforms of the cluster's nodes. */
  nodes: Platform[];
  /** The platforms of an image's index, none for a single image; undefined where the image is not known. */
  platformsOf(reference: Reference): Promise<Platform[] | undefined>;
  /** Texts that are secret, wherever they stand. */
  secretTexts: string[];
  /** Whether there are no others: a run without Pulumi has one placeholder for all. */
  allSecrets: boolean;
}

/** One place that breaks a rule. */
export interface Finding {
  /** Path in the object, as the API server writes it: `spec.template.spec.containers[0].image`. */
  path: string;
  found: string;
  allowed: string;
  remedy: string;
}

export interface Rule {
  /** By which exceptions and messages call it. */
  name: string;
  /** What holds where it is kept, in a line. */
  keeps: string;
  find(resource: Resource, facts: Facts): Finding[] | Promise<Finding[]>;
}
