/** Jest's global tear-down: ends what packager-of-run.testing.cjs started. */
module.exports = async function closePackagerOfRun() {
  await Reflect.get(globalThis, 'closePackagerOfRun')();
};
