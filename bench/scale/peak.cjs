// Loaded into every Node of a preview: at its end, the process that runs the program writes how much of the machine's
// memory it had at most, in kB, to the file that the benchmark names.
const { readFileSync, writeFileSync } = require('node:fs');

if (/@pulumi\/pulumi\/cmd\/run/.test(process.argv[1])) {
  process.on('exit', () => {
    const [, peak] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    writeFileSync(process.env.SLIPWAY_BENCH_PEAK, peak);
  });
}
