import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cerebral } from '../../../systems/cerebral.ts';
import { findBase, findService, findSystem } from '../../../systems/lookup.ts';

test('Cerebral has two bases and twelve services, each in the layout of its repository', () => {
  assert.deepEqual(
    cerebral.bases.map(base => base.tag),
    ['cuda', 'cpu'],
  );
  assert.equal(cerebral.services.length, 12);
  assert.deepEqual(new Set(cerebral.services.map(service => service.name)).size, 12);
  for (const service of cerebral.services) {
    assert.equal(service.image, `cerebral/${service.name}`);
    assert.equal(service.dockerfile, `microservices/${service.name}/Dockerfile`);
    assert.equal(service.context, `./microservices/${service.name}/`);
    assert.equal(service.changes[0], `microservices/${service.name}/`);
  }
});

test('an unknown service is answered with those that there are and the nearest one', () => {
  assert.throws(() => findService(cerebral, 'ai-service'), {
    message:
      '"ai-service" is no service of cerebral; there are ai-services, bmad-services, data-services, knowledge-services, ' +
      'integration-services, monitoring-services, realtime-services, workflow-services, security-services, ' +
      'storage-services, notification-services, testing-services; did you mean "ai-services"?',
  });
});

test('an unknown base and an unknown system list what there is', () => {
  assert.throws(() => findBase(cerebral, 'rocm'), { message: '"rocm" is no base of cerebral; there are cuda, cpu' });
  assert.throws(() => findSystem('cerebrl'), {
    message: '"cerebrl" is no system; there are cerebral, cybermesh, ai-stack; did you mean "cerebral"?',
  });
});
