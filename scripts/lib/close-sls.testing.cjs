/** Jest's global tear-down: ends what sls-of-run.testing.cjs started. */
module.exports = async function closeSlsOfRun() {
  await Reflect.get(globalThis, 'closeSlsOfRun')();
};
