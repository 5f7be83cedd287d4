// The pods that an object makes, whatever its kind, with all their containers.
import { type Fields, fieldsOf, itemsOf, type Resource, type Value } from './resource.ts';

export interface Container {
  path: string;
  fields: Fields;
  /** A container that runs as long as its pod: it has probes. */
  lasting: boolean;
  /** Requests and limits, and where they are; undefined for an ephemeral container, which can have none. */
  resources?: { path: string; fields: Fields };
}

export interface Pod {
  path: string;
  spec: Fields;
  containers: Container[];
  /** What all steps of a task have in common: their environment is not among the containers' own. */
  template?: { path: string; fields: Fields };
}

/** Where a kind keeps its pod's spec, and whether what runs there is meant to end. */
const kinds: Record<string, { at: string; ends?: boolean }> = {
  Pod: { at: 'spec' },
  Deployment: { at: 'spec.template.spec' },
  StatefulSet: { at: 'spec.template.spec' },
  DaemonSet: { at: 'spec.template.spec' },
  ReplicaSet: { at: 'spec.template.spec' },
  ReplicationController: { at: 'spec.template.spec' },
  PodTemplate: { at: 'template.spec' },
  Job: { at: 'spec.template.spec', ends: true },
  CronJob: { at: 'spec.jobTemplate.spec.template.spec', ends: true },
};

/** Where a kind of Tekton keeps the specs of tasks. */
const taskLists: Record<string, string[]> = {
  Pipeline: ['spec.tasks', 'spec.finally'],
  PipelineRun: ['spec.pipelineSpec.tasks', 'spec.pipelineSpec.finally'],
};
const tasks: Record<string, string> = { Task: 'spec', TaskRun: 'spec.taskSpec' };

/** The pods of `resource`; none of what makes no pods. */
export function podsIn({ kind, fields }: Resource): Pod[] {
  const place = kinds[kind];
  if (place) return podAt(place.at, at(fields, place.at), place.ends ?? false);
  const task = tasks[kind];
  if (task) return taskAt(task, at(fields, task));
  return (taskLists[kind] ?? []).flatMap(list =>
    itemsOf(at(fields, list)).flatMap((item, i) => taskAt(`${list}[${i}].taskSpec`, fieldsOf(item).taskSpec)),
  );
}

function podAt(path: string, value: Value | undefined, ends: boolean): Pod[] {
  const spec = fieldsOf(value);
  if (Object.keys(spec).length === 0) return [];
  const over = ends || ['Never', 'OnFailure'].includes(spec.restartPolicy as string);
  const list = (key: string, of: (fields: Fields, at: string) => Omit<Container, 'path' | 'fields'>) =>
    itemsOf(spec[key]).map((item, i): Container => {
      const [fields, at] = [fieldsOf(item), `${path}.${key}[${i}]`];
      return { path: at, fields, ...of(fields, at) };
    });
  const resources = (fields: Fields, at: string) => ({ path: `${at}.resources`, fields: fieldsOf(fields.resources) });
  const containers = [
    ...list('initContainers', (fields, at) => ({
      // A sidecar, which Kubernetes writes as an init container that starts again.
      lasting: !over && fields.restartPolicy === 'Always',
      resources: resources(fields, at),
    })),
    ...list('containers', (fields, at) => ({ lasting: !over, resources: resources(fields, at) })),
    ...list('ephemeralContainers', () => ({ lasting: false })),
  ];
  return [{ path, spec, containers }];
}

// Steps are containers that have the template's fields where they have none of their own.
function taskAt(path: string, value: Value | undefined): Pod[] {
  const spec = fieldsOf(value);
  const template = fieldsOf(spec.stepTemplate);
  const list = (key: string, base: Fields) =>
    itemsOf(spec[key]).map((item, i): Container => {
      const [own, at] = [fieldsOf(item), `${path}.${key}[${i}]`];
      const fields: Fields = { ...base, ...own, env: own.env };
      for (const nested of ['securityContext', 'computeResources']) {
        if (base[nested] && own[nested]) fields[nested] = { ...fieldsOf(base[nested]), ...fieldsOf(own[nested]) };
      }
      const resources = { path: `${at}.computeResources`, fields: fieldsOf(fields.computeResources) };
      return { path: at, fields, lasting: false, resources };
    });
  const containers = [...list('steps', template), ...list('sidecars', {})];
  return containers.length === 0
    ? []
    : [{ path, spec, containers, template: { path: `${path}.stepTemplate`, fields: template } }];
}

function at(fields: Fields, path: string): Value | undefined {
  return path.split('.').reduce<Value | undefined>((value, key) => fieldsOf(value)[key], fields);
}
