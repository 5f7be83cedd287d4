// The settings of the stack that Pulumi runs.
import * as pulumi from '@pulumi/pulumi';
import { namespace, readSettings, type Settings } from '../settings/settings.ts';

/** Throws SettingsError with every fault. */
export function stackSettings(): Settings {
  // Pulumi hands secrets over in the clear, with a list of their keys that its types leave out.
  const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret(key: string): boolean };
  return readSettings(pulumi.getStack(), pulumi.runtime.allConfig(), key => isConfigSecret(`${namespace}:${key}`));
}
