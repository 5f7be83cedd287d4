// Whether the cluster can pull each service's image now: a pod of the service's own account asks the kubelet for it, and is
// taken away again. Nothing of the image is run.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pod } from '../../cluster/health.ts';
import type { Kube } from '../../cluster/kube.ts';
import { oneLine } from '../../cluster/one-line.ts';
import { containerOf } from '../../cluster/workload.ts';
import type { Settings } from '../../settings/settings.ts';
import type { ServiceEntry } from '../../systems/types.ts';
import { type Context, NotAsked } from '../context.ts';
import { digestOfImage } from '../rollouts/running.ts';
import { withWarning } from './events.ts';
import { type Check, type Finding, fault, ok } from './finding.ts';

const LABEL = 'slipway.dev/doctor';
const EVERY = 500; // milliseconds
/** Seconds for one pull: a large image takes minutes where the node does not have its layers. */
const LONGEST = 180;
// States that come once the image is there: the command is no file of it.
const PULLED = ['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError', 'CrashLoopBackOff'];
const REFUSED = ['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ImageInspectError'];

export function pullChecks({ services }: Settings): Check[] {
  return services.map(entry => ({
    ...{ group: 'images', name: 'pull', subject: entry.name, limit: (LONGEST + 20) * 1000 },
    ask: context => pull(context, entry),
  }));
}

async function pull(context: Context, entry: ServiceEntry): Promise<Finding> {
  const { namespace } = context.settings;
  const deployment = (await context.deployments()).get(entry.name);
  const image = deployment && containerOf(deployment).image;
  if (image === undefined || !digestOfImage(image))
    throw new NotAsked('no image of it runs (doctor: rollouts rollout)');
  const kube = await context.kube();
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  await removeOld(kube, pods, entry.name);
  const { metadata } = await kube.create<Pod>(pods, podOf(entry, image));
  const path = `${pods}/${metadata.name}`;
  try {
    for (const end = Date.now() + LONGEST * 1000; Date.now() < end; await sleep(EVERY)) {
      const pod = await kube.get<Pod>(path);
      if (!pod) throw new NotAsked(`somebody has deleted pod ${metadata.name}`);
      const found = await judged(context, pod, image);
      if (found) return found;
    }
    throw new NotAsked(`after ${LONGEST} s ${image} was still on its way to the node`);
  } finally {
    await kube.remove(path);
  }
}

async function judged(context: Context, pod: Pod, image: string): Promise<Finding | undefined> {
  const { namespace, stack } = context.settings;
  const { name } = pod.metadata;
  const unscheduled = pod.status?.conditions?.find(one => one.type === 'PodScheduled' && one.status === 'False');
  if (unscheduled) throw new NotAsked(`no node takes a pod that would pull it: ${oneLine(unscheduled.message ?? '')}`);
  const state = pod.status?.containerStatuses?.[0]?.state;
  const reason = state?.waiting?.reason ?? '';
  if (REFUSED.includes(reason)) {
    const said = oneLine(state?.waiting?.message ?? reason);
    const text = await withWarning(context, namespace, { text: said, pod: name });
    return fault(
      `node ${pod.spec.nodeName} can't pull ${image}: ${text}`,
      `slipway doctor ${stack}: registry and images service say why`,
    );
  }
  const there = state?.running || state?.terminated || PULLED.includes(reason);
  return there ? ok(`node ${pod.spec.nodeName} has pulled ${image}`) : undefined;
}

/** What a doctor left behind that was ended before it took its pod away. */
async function removeOld(kube: Kube, pods: string, service: string): Promise<void> {
  const old = await kube.list<Pod>(pods, { labelSelector: `${LABEL}=${service}` });
  const end = Date.now() - 2 * LONGEST * 1000;
  const gone = old.filter(({ metadata }) => Date.parse(String(metadata.creationTimestamp)) < end);
  await Promise.all(gone.map(({ metadata }) => kube.remove(`${pods}/${metadata.name}`)));
}

// Under the rules of the namespace: restricted, by digest. `Always` makes the kubelet ask the registry even for what it has.
function podOf({ name, user = 65532 }: ServiceEntry, image: string): object {
  const seccompProfile = { type: 'RuntimeDefault' };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `slipway-doctor-${name}-`.slice(0, 58),
      labels: { 'app.kubernetes.io/managed-by': 'slipway', [LABEL]: name },
    },
    spec: {
      serviceAccountName: name,
      automountServiceAccountToken: false,
      restartPolicy: 'Never',
      activeDeadlineSeconds: LONGEST,
      terminationGracePeriodSeconds: 0,
      securityContext: { runAsNonRoot: true, runAsUser: user, runAsGroup: user, seccompProfile },
      containers: [
        {
          name: 'pull',
          image,
          imagePullPolicy: 'Always',
          command: ['/there/is/no/such/program'],
          resources: { requests: { cpu: '1m', memory: '16Mi' }, limits: { memory: '64Mi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        },
      ],
    },
  };
}
