// The environment of a step as the pipeline's component sets it.
import { printEndpoints } from '../../../../images/endpoints.ts';
import { ALIAS, REGISTRY } from './registry.ts';

export const COMMIT = '0123456789abcdef0123456789abcdef01234567';
export const DIGEST = `sha256:${'d'.repeat(64)}` as const;
export const BASE = `${REGISTRY}/cerebral/ai-base:cpu@sha256:${'b'.repeat(64)}`;

/** A whole and valid environment; `more` replaces values, undefined removes them. */
export function environment(more: Record<string, string | undefined> = {}): NodeJS.ProcessEnv {
  return {
    PARAM_REPO_URL: 'https://github.com/baerautotech/cerebral',
    PARAM_IMAGE_NAME: 'cerebral/ai-services',
    PARAM_DEPLOYMENT_NAME: 'ai-services',
    PARAM_DEPLOYMENT_NAMESPACE: 'cerebral-platform',
    PARAM_DOCKERFILE: 'microservices/ai-services/Dockerfile',
    PARAM_BUILD_CONTEXT: './microservices/ai-services/',
    PARAM_REPO_BRANCH: 'main',
    PARAM_IMAGE_TAG: 'main',
    PARAM_REGISTRY_URL: REGISTRY,
    PARAM_COMMIT: '',
    PARAM_DIGEST: DIGEST,
    PARAM_SOURCE_COMMIT: COMMIT,
    SLIPWAY_WORK: '/work',
    SLIPWAY_ENDPOINTS: printEndpoints([{ name: REGISTRY, aliases: [ALIAS], url: `http://${REGISTRY}` }]),
    SLIPWAY_STACK: 'local',
    SLIPWAY_PLATFORMS: 'linux/amd64,linux/arm64',
    SLIPWAY_BASES: JSON.stringify([{ repository: 'cerebral/ai-base', tag: 'cuda', reference: BASE }]),
    SLIPWAY_BUILDERS: JSON.stringify({ 'linux/amd64': 'tcp://amd64:1234', 'linux/arm64': 'tcp://arm64:1234' }),
    SLIPWAY_BUILDER_TLS: '/buildkit-client',
    SLIPWAY_GIT_CONFIG: '[]',
    SLIPWAY_ROLLOUT_TIMEOUT: '60',
    SLIPWAY_REMEDY: 'pulumi up --stack local',
    ...more,
  };
}
