// What a catalogue may get wrong, and the line that says so.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cerebral } from '../../../systems/cerebral.ts';
import { catalogueFaults, checkCatalogue } from '../../../systems/check.ts';
import { findSystem, systemNames } from '../../../systems/lookup.ts';
import { changesFault } from '../../../systems/paths.ts';
import type { BaseEntry, PipelineServiceEntry, PipelineSystem, System } from '../../../systems/types.ts';

const digest = `sha256:${'d'.repeat(64)}`;
const path = "a path from the repository's root that stays below it";
const image = 'a repository without registry, tag or digest, for example cerebral/ai-services';

/** Cerebral with a slip in its second service, its second base, or in the system itself. */
const service = (slip: Partial<PipelineServiceEntry>): System => ({
  ...cerebral,
  services: cerebral.services.map((entry, i) => (i === 1 ? { ...entry, ...slip } : entry)),
});
const base = (slip: Partial<BaseEntry>): System => ({
  ...cerebral,
  bases: cerebral.bases.map((entry, i) => (i === 1 ? { ...entry, ...slip } : entry)),
});
const system = (slip: Partial<PipelineSystem>): System => ({ ...cerebral, ...slip });
const resources = (requests: { cpu: string; memory: string }, limits: { memory: string }) => ({ requests, limits });

const second = 'services[1] (bmad-services)';
const cases: [what: string, catalogue: System, lines: string[]][] = [
  [
    'a name that Kubernetes takes for no Service',
    service({ name: 'Bmad_Services' }),
    [
      'services[1] (Bmad_Services).name: found "Bmad_Services"; expected a-z, 0-9 and "-", a letter first, no "-" at the end, at most 63 characters (it has 13)',
    ],
  ],
  [
    'a name and an image twice',
    service({ name: 'ai-services', image: 'cerebral/ai-services' }),
    [
      'services[1].name: found "ai-services" a second time; services[0] has it',
      'services[1].image: found "cerebral/ai-services" a second time; services[0] has it',
    ],
  ],
  [
    'an image with the registry of one environment',
    service({ image: '10.34.0.202:5000/cerebral/bmad-services' }),
    [`${second}.image: found "10.34.0.202:5000/cerebral/bmad-services"; expected ${image}`],
  ],
  [
    'an image with a tag',
    service({ image: 'cerebral/bmad-services:main' }),
    [`${second}.image: found "cerebral/bmad-services:main"; expected ${image}`],
  ],
  [
    'an image with a digest',
    service({ image: `cerebral/bmad-services@${digest}` }),
    [`${second}.image: found "cerebral/bmad-services@${digest}"; expected ${image}`],
  ],
  [
    'a Dockerfile outside of the repository',
    service({ dockerfile: '../bmad/Dockerfile' }),
    [`${second}.dockerfile: found "../bmad/Dockerfile"; expected ${path}`],
  ],
  [
    'a context of one machine',
    service({ context: '/home/joe/bmad' }),
    [`${second}.context: found "/home/joe/bmad"; expected ${path}`],
  ],
  [
    'a way round to a folder above',
    service({ changes: ['microservices/bmad/', 'microservices/../../other/'] }),
    [`${second}.changes[1]: found "microservices/../../other/"; expected ${changesFault('..')}`],
  ],
  [
    'a service that no push would build',
    service({ changes: [] }),
    [`${second}.changes: found []; expected at least one path`],
  ],
  [
    'a base that the system does not have',
    service({ base: 'cdua' }),
    [`${second}.base: found "cdua"; expected the tag of a base: cuda, cpu; did you mean "cuda"?`],
  ],
  [
    'a port for the root user',
    service({ port: 80 }),
    [`${second}.port: found 80; expected a port from 1024 to 65535: the container runs as an ordinary user`],
  ],
  [
    'a health path that is none',
    service({ health: 'health' }),
    [`${second}.health: found "health"; expected a path that begins with "/", for example /health`],
  ],
  ['no pods', service({ replicas: 0 }), [`${second}.replicas: found 0; expected a whole number from 1 to 100`]],
  [
    'a load that nobody can have',
    service({ autoscale: { min: 1, max: 3, cpu: 0 } }),
    [`${second}.autoscale: found {"min":1,"max":3,"cpu":0}; expected cpu from 1 to 1000 percent of the request`],
  ],
  [
    'amounts that are none',
    service({ resources: resources({ cpu: 'half', memory: '1GB' }, { memory: '1Gi' }) }),
    [
      `${second}.resources.requests.cpu: found "half"; expected a Kubernetes quantity, for example 20Gi or 500m`,
      `${second}.resources.requests.memory: found "1GB"; expected a Kubernetes quantity, for example 20Gi or 500m`,
    ],
  ],
  [
    'more than the limit, in another unit',
    service({ resources: resources({ cpu: '1', memory: '1.5G' }, { memory: '1024Mi' }) }),
    [`${second}.resources.requests.memory: found "1.5G"; expected no more than its limit of 1024Mi`],
  ],
  [
    'a variable that no shell takes',
    service({ env: { 'LOG-LEVEL': 'info' } }),
    [`${second}.env: found "LOG-LEVEL"; expected a name of letters, digits and _, no digit first`],
  ],
  [
    'a digest for the tag of a base',
    base({ tag: digest }),
    [`bases[1] (${digest}).tag: found "${digest}"; expected a tag, for example cpu`],
  ],
  [
    'a base twice, in a folder of one machine, that weighs nothing',
    base({ tag: 'cuda', dockerfile: '/srv/Dockerfile', budgetMB: 0 }),
    [
      `bases[1] (cuda).dockerfile: found "/srv/Dockerfile"; expected ${path}`,
      'bases[1] (cuda).budgetMB: found 0; expected a size in MB, above 0',
      'bases[1].tag: found "cuda" a second time; bases[0] has it',
    ],
  ],
  [
    'a system on a base that it does not have',
    system({ base: 'rocm' }),
    ['base: found "rocm"; expected the tag of a base: cuda, cpu'],
  ],
  [
    'one platform',
    system({ platforms: ['linux/amd64'] }),
    [
      'platforms: found ["linux/amd64"]; expected at least two, for example linux/amd64 and linux/arm64: one tag serves every machine',
    ],
  ],
  [
    'platforms that are none, or spelt as uname does',
    system({ platforms: ['amd64', 'linux/aarch64'] }),
    [
      'platforms[0]: found "amd64"; expected os/architecture[/variant], for example linux/amd64 or linux/arm64',
      'platforms[1]: found "linux/aarch64"; expected its usual spelling, linux/arm64',
    ],
  ],
  [
    'a repository by half its name, and by a path',
    system({ repository: { fullName: 'cerebral', url: '../cerebral', branch: '' } }),
    [
      'repository.fullName: found "cerebral"; expected owner/name',
      'repository.url: found "../cerebral"; expected https://… or ssh://…',
      'repository.branch: found ""; expected a branch name without refs/heads/, of letters, digits and . _ / @ + = -, no "..", no empty part',
    ],
  ],
  [
    "a repository by scp's form of an address, which no run takes",
    system({ repository: { fullName: 'a/b', url: 'git@github.com:a/b.git', branch: 'main' } }),
    ['repository.url: found "git@github.com:a/b.git"; expected https://… or ssh://…'],
  ],
];

for (const [what, catalogue, lines] of cases) {
  test(what, () => assert.deepEqual(catalogueFaults(catalogue), lines));
}

test('the catalogues that there are have no fault', () => {
  for (const name of systemNames) assert.deepEqual(catalogueFaults(findSystem(name)), []);
});

test('a catalogue is looked at whenever its system is looked up, and all its faults are told at once', t => {
  const [first] = cerebral.services;
  const { port, health } = first!;
  Object.assign(first!, { port: 80, health: 'health' });
  t.after(() => Object.assign(first!, { port, health }));
  assert.throws(() => findSystem('cerebral'), {
    message:
      'the catalogue of cerebral has 2 faults:\n' +
      '  services[0] (ai-services).port: found 80; expected a port from 1024 to 65535: the container runs as an ordinary user\n' +
      '  services[0] (ai-services).health: found "health"; expected a path that begins with "/", for example /health',
  });
  assert.throws(() => checkCatalogue({ ...cerebral, base: 'rocm' }), /has 3 faults/);
});
