// Loaded before Pulumi's SDK (Pulumi.yaml, `nodeargs`): Node then keeps what it has compiled of it and of the program,
// in $NODE_COMPILE_CACHE or the machine's folder for temporary files.
require('node:module').enableCompileCache();
