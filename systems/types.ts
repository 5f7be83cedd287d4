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

/** Where a value of a Secret comes from. */
export interface SecretKey {
  /** Name of the Secret, in the workloads' namespace. */
  secret: string;
  key: string;
}

/** One service: an image and the workload that runs it. */
export interface ServiceEntry {
  /** Name of the workload, the Service and all that belongs to them. */
  name: string;
  /** Repository in the stack's registry. */
  image: string;
  /** Dockerfile and context, from the root of the system's sources. */
  dockerfile: string;
  context: string;
  /** Port of the container; the Service listens on 80. */
  port: number;
  /** Port of the container that metrics are read from, by which the Service has it, too. */
  metrics?: number;
  /** Path that answers 200 when the service can serve. */
  health: string;
  replicas: number;
  /** What the finished image may weigh on one platform, uncompressed, in MB (10^6 bytes); default: nobody looks. */
  budgetMB?: number;
  /** In place of `replicas`. */
  autoscale?: Autoscale;
  resources: Resources;
  /** Plain environment, in a ConfigMap. Never a secret. */
  env: Record<string, string>;
  /** Variables that the stack must give a value where `env` has none: the service does not start without them. */
  required?: readonly string[];
  /** Variables whose values are in Secrets. */
  secretEnv?: Record<string, SecretKey>;
  /** Keys of Secrets as files, by absolute path; read-only. */
  secretFiles?: Record<string, SecretKey>;
  /** Numeric user and group, where the image has its own. */
  user?: number;
  /** Absolute paths that the service may write to, beside /tmp; gone with the pod. */
  writable?: readonly string[];
  /** Data that the service reads, by name, at an absolute path; where each comes from is the stack's to say. */
  data?: Record<string, string>;
  /**
   * What it may reach beside DNS: `peers` are its own pods; of the others the stack says the addresses. Absent: all of its
   * namespace, and TLS to anywhere.
   */
  reaches?: readonly string[];
  /**
   * Pods with names and addresses of their own, one after the other in a rollout: a StatefulSet. `peers`: the variable
   * that lists the addresses of all of them, `host:port` with commas between; `name`: the one with the pod's own name.
   */
  stateful?: { peers?: string; name?: string };
}

/** A service that a pipeline builds from the system's repository. */
export interface PipelineServiceEntry extends ServiceEntry {
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

/** What all systems have, whoever builds their images. */
interface CommonSystem {
  name: string;
  /** Namespace of the workloads. */
  namespace: string;
  platforms: Platform[];
  services: ServiceEntry[];
  /** What its services can't keep of the rules. */
  exceptions: Exception[];
}

/** Pushes to a repository are built by a pipeline in the cluster, on bases that the stack builds. */
export interface PipelineSystem extends CommonSystem {
  builtBy: 'pipeline';
  pipeline: string;
  /** Repository of the base images in the stack's registry. */
  baseRepository: string;
  /** Tag of the base that services are built on, where neither their entry nor the stack says otherwise. */
  base: string;
  repository: Repository;
  bases: BaseEntry[];
  services: PipelineServiceEntry[];
}

/** A stack of development builds the images itself, in its `up`; the others take what it has built. */
export interface StackBuiltSystem extends CommonSystem {
  builtBy: 'stack';
  /** The tag that each build moves. */
  tag: string;
}

/** A person builds the images, by `slipway build --system`. */
export interface CommandBuiltSystem extends CommonSystem {
  builtBy: 'command';
  /** The tag that each build moves, where the command names no other. */
  tag: string;
  /** Folder of the sources in this checkout: Dockerfiles and contexts are below it. */
  source: string;
  /** The registry that builds push to, where neither the command nor `registryVariable` says another. */
  registry: string;
  /** Name of the environment variable that names the registry. */
  registryVariable: string;
}

export type System = PipelineSystem | StackBuiltSystem | CommandBuiltSystem;
