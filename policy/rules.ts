// All rules that a stack must keep.
import { imageRules } from './images.ts';
import { podSecurityRules } from './pod-security.ts';
import { probeRules } from './probes.ts';
import { resourceRules } from './resources.ts';
import type { Rule } from './rule.ts';
import { secretRule } from './secrets.ts';

export const rules: readonly Rule[] = [...imageRules, ...podSecurityRules, ...resourceRules, ...probeRules, secretRule];
