import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wordsOf } from '../../../../commands/requirements/execute.ts';
import { fromPipConfig } from '../../../../commands/requirements/index-environment.ts';

const config = `:env:.extra-index-url='https://b.example.com/simple'
:env:.find-links='/opt/wheels'
global.cert='/etc/ssl/own.pem'
global.extra-index-url='https://a.example.com/simple'
global.index-url='https://mirror.example.com/simple'
global.trusted-host='\\none.example.com\\ntwo.example.com'
install.index-url='https://install.example.com/simple'
download.index-url='https://download.example.com/simple'
`;

test("uv asks the index that the machine's pip is configured for, a later section of its settings first", () => {
  assert.deepEqual(fromPipConfig(config, {}), {
    UV_DEFAULT_INDEX: 'https://install.example.com/simple',
    UV_INDEX: 'https://b.example.com/simple',
    UV_INSECURE_HOST: 'one.example.com two.example.com',
    SSL_CERT_FILE: '/etc/ssl/own.pem',
  });
});

test('what is set for uv itself stays, under its older names as well', () => {
  const own = {
    UV_INDEX_URL: 'https://own.example.com',
    UV_INDEX: 'https://own.example.com/2',
    SSL_CERT_FILE: '/x.pem',
  };
  assert.deepEqual(fromPipConfig(config, own), { UV_INSECURE_HOST: 'one.example.com two.example.com' });
});

test('without pip nothing is set', () => {
  assert.deepEqual(fromPipConfig('', {}), {});
});

test("uv's words are one line: what failed, and the last of its causes", () => {
  const framed =
    '  × No solution found when resolving dependencies:\n  ╰─▶ Because x was not found\n      in the package registry,\n';
  assert.equal(
    wordsOf({ stderr: framed }),
    'No solution found when resolving dependencies: Because x was not found in the package registry,',
  );
  const caused = 'error: Failed to fetch: `u`\n  Caused by: error sending request\n  Caused by: dns error\n';
  assert.equal(wordsOf({ stderr: caused }), 'Failed to fetch: `u`: dns error');
  assert.equal(wordsOf(new Error('spawn uv ENOENT')), 'spawn uv ENOENT');
});
