const fc = require('../../node_modules/fast-check/lib/cjs/fast-check.js');

/**
 * fast-check for Jest, with a fixed seed: the same commit passes or fails each time. `npm run test:random` takes another one.
 */
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env.PROPERTY_SEED ?? 1) });

module.exports = { ...fc, __esModule: true };
