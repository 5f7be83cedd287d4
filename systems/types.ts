// What a system is: the images that its stacks build, and the services that they run, as plain data.
import type { Platform } from '../images/platform.ts';

/** A base image: one tag of the system's base repository, built by the stack itself for all platforms. */
export interface BaseEntry {
  /** The tag, and the word by which settings name it, for example `cpu`. */
  tag: string;
  /** Path from the checkout's root. */
  dockerfile: string;
  /** Build context, from the checkout's root. */
  context: string;
  /** What the finished image may weigh on one platform, uncompressed, in MB (10^6 bytes). */
  budgetMB: number;
}

/** Kubernetes quantities. Requests are what the scheduler reserves, limits what the kernel allows. */
export interface Resources {
  requests: { cpu: string; memory: string };
  limits: { cpu?: string; memory: string };
}

/** How many pods a service has by its load. */
export interface Autoscale {
  min: number;
  max: number;
  /** Share of the requested CPU, in percent, that pods are added and taken away to keep. */
  cpu: number;
}

/** One service: an image that the pipeline builds and the workload that runs it. */
export interface ServiceEntry {
  /** Name of the Deployment, the Service and all that belongs to them. */
  name: string;
  /** Repository in the stack's registry. */
  image: string;
  /** Dockerfile and context as the pipeline's parameters spell them: paths in the system's repository. */
  dockerfile: string;
  context: string;
  /**
   * A push that changes one of these builds the service: folders (`/` at the end), with all that is below them, and
   * single files; the service's own and those that it shares with others.
   */
  changes: readonly string[];
  /** Tag of the base that it is built on, where that is not the system's. */
  base?: string;
  /**
   * Whether builds keep their layers in the registry, one ref a platform: a builder that has lost its own cache then
   * takes them from there. Worth it for long RUN steps only, as every build pays for the export. BuildKit's alone.
   */
  cache?: boolean;
  /** Port of the container; the Service listens on 80. */
  port: number;
  /** Path that answers 200 when the service can serve. */
  health: string;
  replicas: number;
  /** In place of `replicas`. */
  autoscale?: Autoscale;
  resources: Resources;
  /** Plain environment, in a ConfigMap. Never a secret. */
  env: Record<string, string>;
}

/** A repository whose pushes reach the stack's webhook. */
export interface Repository {
  /** `owner/name`, as the webhook's payload spells it. */
  fullName: string;
  url: string;
  branch: string;
}

/** One rule that one resource can't keep, argued. */
export interface Exception {
  /** Name of the rule (docs/policy.md); `kube-score/…` and `checkov/…` for those of the linters. */
  rule: string;
  /** `Kind namespace/name`, or `Kind name` without a namespace; `*` stands for any part of a name. */
  resource: string;
  /** Why it can't, and what holds instead. */
  reason: string;
}

export interface System {
  name: string;
  /** Namespace of the workloads. */
  namespace: string;
  pipeline: string;
  /** Repository of the base images in the stack's registry. */
  baseRepository: string;
  /** Tag of the base that services are built on, where neither their entry nor the stack says otherwise. */
  base: string;
  platforms: Platform[];
  repository: Repository;
  bases: BaseEntry[];
  services: ServiceEntry[];
  /** What its services can't keep of the rules. */
  exceptions: Exception[];
}
