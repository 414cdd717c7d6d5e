// An import of `node:http` reads all its exports. `WebSocket` is one of them, and loads undici: most of the time that the
// import takes. The marks let esbuild leave out what a bundle does not use.

const load = () => process.getBuiltinModule('node:http');

export default /* @__PURE__ */ load();
export const Agent = /* @__PURE__ */ (() => load().Agent)();
export const request = /* @__PURE__ */ (() => load().request)();
export const STATUS_CODES = /* @__PURE__ */ (() => load().STATUS_CODES)();
