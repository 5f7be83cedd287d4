// From a push to a run: Tekton, the Pipeline with what it is made of, the bases that it builds on, the listener, and how
// each service's last run ended.
import type { KubeObject } from '../../cluster/kube.ts';
import { messageOf } from '../../cluster/one-line.ts';
import { newestOf, type Run, reasonOf, resultOf, runsOf, succeeded } from '../../cluster/runs.ts';
import { isDigest } from '../../images/digest.ts';
import { brief } from '../../images/inspect.ts';
import { listPlatforms } from '../../images/platform.ts';
import { lookUpBase } from '../../images/preflight.ts';
import { formatReference, parseReference } from '../../images/reference.ts';
import { verifyIndex } from '../../images/verify.ts';
import { buildTaskName, listenerName, pipelineNamespace, rolloutTaskName } from '../../settings/objects.ts';
import type { PipelineSettings, StackBase } from '../../settings/settings.ts';
import type { ServiceEntry } from '../../systems/types.ts';
import { age } from '../age.ts';
import { type Context, faultOfTheWay, NotAsked } from '../context.ts';
import { asWritten, pinnedBases, taskPath } from '../pins.ts';
import { type Check, type Finding, fault, kubectl, ok, pushAgain, up, warning } from './finding.ts';
import { serving } from './workload.ts';

export function pipelineChecks({ system, bases, services }: PipelineSettings): Check[] {
  return [
    { group: 'pipeline', name: 'tekton', ask: tekton },
    { group: 'pipeline', name: 'pipeline', ask: context => pipeline(context, system.pipeline) },
    ...bases.map(
      (entry): Check => ({
        ...{ group: 'pipeline', name: 'base in the cluster', subject: entry.tag },
        ask: context => baseInCluster(context, entry),
      }),
    ),
    { group: 'pipeline', name: 'listener', ask: listener },
    ...services.map(
      (entry): Check => ({
        ...{ group: 'pipeline', name: 'last run', subject: entry.name },
        ask: context => lastRun(context, entry),
      }),
    ),
  ];
}

const tektonWorkloads = ['tekton-pipelines-controller', 'tekton-pipelines-webhook'];

async function tekton(context: Context): Promise<Finding> {
  const kube = await context.kube();
  const namespace = await kube.get(`/api/v1/namespaces/${pipelineNamespace}`);
  const found: Finding[] = [];
  for (const deployment of tektonWorkloads) {
    const absent = `install Tekton Pipelines into ${pipelineNamespace}, then: ${up(context)}`;
    const one = await serving(context, { namespace: pipelineNamespace, deployment }, absent);
    if (one.verdict !== 'ok') return one;
    found.push(one);
  }
  // The containers that Tekton adds to a run's pods are refused by a restricted namespace without it.
  const flags = await kube.get(`/api/v1/namespaces/${pipelineNamespace}/configmaps/feature-flags`);
  const restricted = namespace?.metadata.labels?.['pod-security.kubernetes.io/enforce'] === 'restricted';
  if (restricted && flags?.data?.['set-security-context'] !== 'true') {
    return fault(
      `namespace ${pipelineNamespace} admits restricted pods only, and Tekton's set-security-context is off: no run gets a pod`,
      kubectl(
        context,
        `--namespace ${pipelineNamespace} patch configmap feature-flags --type merge --patch '{"data":{"set-security-context":"true"}}'`,
      ),
    );
  }
  return ok(found.map(({ seen }) => seen).join('; '));
}

async function pipeline(context: Context, name: string): Promise<Finding> {
  const { platforms } = context.settings;
  const kube = await context.kube();
  const [found, ...tasks] = await Promise.all([
    kube.get(`/apis/tekton.dev/v1/namespaces/${pipelineNamespace}/pipelines/${name}`),
    kube.get(taskPath(buildTaskName)),
    kube.get(taskPath(rolloutTaskName)),
  ]);
  if (!found) return fault(`there is no Pipeline ${pipelineNamespace}/${name}`, up(context));
  const used: string[] = (found.spec?.tasks ?? []).map((task: { taskRef?: { name?: string } }) => task.taskRef?.name);
  const missing = [buildTaskName, rolloutTaskName].filter((task, i) => !tasks[i] || !used.includes(task));
  if (missing.length > 0) {
    return fault(`Pipeline ${name} has not its tasks ${missing.join(', ')}`, up(context));
  }
  const images = [...new Set(tasks.flatMap(stepImages))];
  const client = await context.registry();
  for (const image of images) {
    try {
      await verifyIndex(client, parseReference(image), platforms);
    } catch (error) {
      return fault(`the image of the pipeline's steps: ${messageOf(error)}`, up(context));
    }
  }
  return ok(`${name} with tasks ${buildTaskName} and ${rolloutTaskName}, on ${images.join(', ')}`);
}

function stepImages(task: KubeObject | undefined): string[] {
  const steps: { image?: string }[] = task?.spec?.steps ?? [];
  return steps.flatMap(({ image }) => image ?? []);
}

// What runs take for a base is looked up where they look it up: inside, by digest.
async function baseInCluster(context: Context, { repository, tag }: StackBase): Promise<Finding> {
  const { platforms, registry } = context.settings;
  const [pins, inside] = await Promise.all([pinnedBases(context), context.inside()]);
  const references = [...new Set(pins.map(({ reference }) => reference))].map(text => parseReference(text));
  const pinned = references.find(reference => reference.repository === repository && reference.tag === tag);
  if (!pinned) {
    if (references.length === 0) return fault('the pipeline has no bases to build on', up(context));
    return ok(`no service is built on ${repository}:${tag}`);
  }
  const found = await lookUpBase(inside, asWritten(pinned), platforms);
  if ('fault' in found) return fault(found.fault, up(context));
  const now = await inside.head({ registry: registry.name, repository, tag });
  if (now !== pinned.digest) {
    return warning(
      `runs build on ${formatReference(pinned)}; the tag is ${now ? brief(now) : 'not there'} by now`,
      up(context),
    );
  }
  return ok(`runs build on ${formatReference(pinned)}, ${listPlatforms(platforms)}`);
}

async function listener(context: Context): Promise<Finding> {
  const workload = await serving(context, { namespace: pipelineNamespace, deployment: listenerName });
  if (workload.verdict === 'fault') return workload;
  const kube = await context.kube();
  const path = `/api/v1/namespaces/${pipelineNamespace}/services/${listenerName}:http/proxy/ready`;
  const { status, bytes } = await kube.through(path);
  const way = faultOfTheWay(bytes);
  if (way !== undefined) throw new NotAsked(`its pod is ready, and the API server may not show it (${way})`);
  if (status === 200) return ok(`${listenerName} takes pushes at port 8080`);
  return fault(
    `${listenerName} answers with status ${status}`,
    kubectl(context, `--namespace ${pipelineNamespace} logs deployment/${listenerName}`),
  );
}

const LONG = 30 * 60_000; // milliseconds: a build of a service takes minutes

async function lastRun(context: Context, service: ServiceEntry): Promise<Finding> {
  const last = newestOf(runsOf(await context.runs(), service));
  if (last.length === 0) return { verdict: 'not asked', seen: 'no run of it is kept' };
  const failed = last.find(run => succeeded(run) === false);
  const run = failed ?? last[0]!;
  const { name } = run.metadata;
  if (failed)
    return fault(`${name} failed ${when(context, run)}: ${reasonOf(run)}`, `mend it, then: ${pushAgain(context)}`);
  if (succeeded(run) === true) {
    const digest = resultOf(run, 'digest');
    const made = isDigest(digest) ? `, ${brief(digest)}` : '';
    return ok(`${name} ended ${when(context, run)}: ${resultOf(run, 'outcome') ?? 'done'}${made}`);
  }
  const begun = Date.parse(String(run.metadata.creationTimestamp));
  const seen = `${name} has gone on for ${age(begun, context.now.getTime())}`;
  const look = kubectl(
    context,
    `--namespace ${pipelineNamespace} describe pods --selector tekton.dev/pipelineRun=${name}`,
  );
  return context.now.getTime() - begun > LONG ? warning(seen, look) : ok(seen);
}

function when(context: Context, { status }: Run): string {
  const end = Date.parse(status?.completionTime ?? '');
  return Number.isNaN(end) ? 'at an unknown time' : `${age(end, context.now.getTime())} ago`;
}
