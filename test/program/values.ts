// Made-up values that the tests of the program share.
export const digest = `sha256:${'d'.repeat(64)}`;
export const pinnedImage = `10.34.0.202:5000/cerebral/ai-services:${'a'.repeat(12)}-${'d'.repeat(12)}@${digest}`;
export const certificates = JSON.stringify({
  ca: 'ca',
  server: { certificate: 'server certificate', key: 'server key' },
  client: { certificate: 'client certificate', key: 'client key' },
});
