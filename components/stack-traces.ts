// Imported for its effect, by whatever Pulumi runs; bin/lazy-sdk.cjs does it earlier, where the language host reads the
// `nodeargs` of Pulumi.yaml.
//
// Pulumi's source maps turn its own frames into paths like node_modules/@pulumi/resource.ts, and node's util.inspect
// runs in circles on these until a text can't grow any more: half a minute for each error that Pulumi shows. Node itself
// has right traces: types are stripped in place, and it reads the map of a bundle (start.mjs).
Reflect.deleteProperty(Error, 'prepareStackTrace');
