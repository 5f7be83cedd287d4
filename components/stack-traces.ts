// Imported for its effect, by whatever Pulumi runs.
//
// Pulumi's source maps turn its own frames into paths like node_modules/@pulumi/resource.ts, and node's util.inspect
// runs in circles on these until a text can't grow any more: half a minute for each error that Pulumi shows. Types are
// stripped in place, so traces are right without maps.
Reflect.deleteProperty(Error, 'prepareStackTrace');
