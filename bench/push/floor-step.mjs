// The floor's only step, in the step image: clone, build both platforms, push, patch. Nothing is checked, nothing is
// ordered, nothing can be gone back to. Its one argument is the plan, as floor.ts makes it; without a Deployment the images
// are pushed, and that is all.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';

const { clone, builds, registry, repository, tag, deployment } = JSON.parse(process.argv[2]);

const run = (command, args) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, HOME: '/work' } });
    child.on('error', reject);
    child.on('close', code => (code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}`))));
  });

await run('git', clone);
await Promise.all(builds.map(({ args }) => run('buildctl', args)));
if (!deployment) process.exit(0);

const manifests = await Promise.all(
  builds.map(async ({ platform, metadata }) => {
    const digest = JSON.parse(readFileSync(metadata, 'utf8'))['containerimage.digest'];
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const url = `http://${registry}/v2/${repository}/manifests/${digest}`;
    const size = Number(
      (await fetch(url, { method: 'HEAD', headers: { accept: mediaType } })).headers.get('content-length'),
    );
    const [os, architecture] = platform.split('/');
    return { mediaType, digest, size, platform: { os, architecture } };
  }),
);
const mediaType = 'application/vnd.oci.image.index.v1+json';
const put = await fetch(`http://${registry}/v2/${repository}/manifests/${tag}`, {
  method: 'PUT',
  headers: { 'content-type': mediaType },
  body: JSON.stringify({ schemaVersion: 2, mediaType, manifests }),
});
if (put.status !== 201) throw new Error(`the index was refused: ${put.status}`);
const image = `${registry}/${repository}:${tag}@${put.headers.get('docker-content-digest')}`;

const account = '/var/run/secrets/kubernetes.io/serviceaccount';
const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
await new Promise((resolve, reject) => {
  const patch = request(
    {
      ...{ host, port, path: deployment, method: 'PATCH', ca: readFileSync(`${account}/ca.crt`) },
      headers: {
        authorization: `Bearer ${readFileSync(`${account}/token`, 'utf8')}`,
        'content-type': 'application/json-patch+json',
      },
    },
    answer => {
      answer.resume();
      if (answer.statusCode === 200) answer.on('end', resolve);
      else reject(new Error(`the patch was refused: ${answer.statusCode}`));
    },
  );
  patch.on('error', reject);
  patch.end(JSON.stringify([{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: image }]));
});
