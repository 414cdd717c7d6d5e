// Runs the Serverless CLI again and again in one process, for warm-sls.testing.ts. Its arguments are the path of the CLI, and the mark
// that ends the output of a run. A message begins a run, and the answer has its exit code. The CLI needs a second and a half of CPU
// time to load its modules, and a quarter of that to package a service.

const [node = '', , cli = '', endOfOutput = ''] = process.argv;
const streams = [process.stdout, process.stderr].map((stream) => stream.write.bind(stream));
/** @type {Map<string | symbol, Function[]>} */
const listeners = new Map();

/** @param {{ cwd: string, args: string[], environment: Record<string, string> }} run */
function begin({ cwd, args, environment }) {
  forgetLastRun();
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, environment);
  process.chdir(cwd);
  process.argv = [node, cli, ...args];
  require(cli);
}

/** Takes back what a run leaves in a process, which ends with the CLI when a user runs it. */
function forgetLastRun() {
  for (const name of process.eventNames()) {
    const earlier = listeners.get(name) ?? [];
    for (const listener of process.rawListeners(/** @type {string} */ (name))) {
      if (!earlier.includes(listener)) process.off(name, /** @type {() => void} */ (listener));
    }
  }
  // The modules of the CLI have the state of a run, esbuild keeps its first working directory, and the SDK the profiles that it has read.
  const stateful =
    /\/node_modules\/(serverless\/(?!node_modules\/)|serverless-esbuild\/|esbuild\/|@aws-sdk\/|@smithy\/)/;
  for (const [file, module] of Object.entries(require.cache)) {
    if (!stateful.test(file)) continue;
    // Otherwise its process would stay.
    if (file.endsWith('/esbuild/lib/main.js')) module?.exports.stop();
    delete require.cache[file];
  }
  process.exitCode = undefined;
}

process.on('message', (/** @type {Parameters<typeof begin>[0]} */ run) => {
  // Otherwise the channel would keep this process alive, and the end of the run could not be seen.
  process.channel?.unref();
  begin(run);
});
process.on('beforeExit', () => {
  if (!process.connected) return;
  process.channel?.ref();
  for (const write of streams) write(endOfOutput);
  process.send?.({ exitCode: Number(process.exitCode ?? 0) });
});
for (const name of process.eventNames()) {
  listeners.set(name, process.rawListeners(/** @type {string} */ (name)));
}
