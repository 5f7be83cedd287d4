// Loaded into each start: Node writes its compile cache, where one is in use, at an orderly end only.
process.on('SIGTERM', () => {
  require('node:module').flushCompileCache();
  process.exit();
});
