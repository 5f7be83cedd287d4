// Loaded into the start that fills the compile cache: Node writes it at an orderly end only.
process.on('SIGTERM', () => {
  require('node:module').flushCompileCache();
  process.exit();
});
