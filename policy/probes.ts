// The rules of health: who sends traffic must know when a container can serve, and the kubelet when it never will again.
import { podsIn } from './pods.ts';
import type { Rule } from './rule.ts';

function probe(name: string, key: string, keeps: string): Rule {
  return {
    name,
    keeps,
    find: resource =>
      podsIn(resource).flatMap(pod =>
        pod.containers
          .filter(({ lasting, fields }) => lasting && fields[key] === undefined)
          .map(({ path }) => ({
            path: `${path}.${key}`,
            found: 'nothing',
            allowed: 'a probe on each container that runs as long as its pod',
            remedy: 'give it one that asks the container itself (a service: health in the catalogue)',
          })),
      ),
  };
}

export const probeRules: readonly Rule[] = [
  probe('readiness', 'readinessProbe', 'a container gets traffic once it says that it can serve'),
  probe('liveness', 'livenessProbe', 'a container that hangs is started again'),
];
