module.exports = require('./src/bundle/index.ts');
