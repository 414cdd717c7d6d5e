/**
 * Valibot for Jest. Its CommonJS form lacks the mark of an ES module, so each of a hundred files that import it
 * would copy its 600 exports.
 */
module.exports = { ...require('../../node_modules/valibot/dist/index.cjs'), __esModule: true };
