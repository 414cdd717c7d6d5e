'use strict';
// Lets a default client of S3 find a bucket whose name has a dot. On AWS, AWS SDK v3 puts such a name into the path. At an endpoint without
// TLS it puts the name before the host, and `http://my.bucket.127.0.0.1:4566/` is no URL: a name before an IP address is nowhere. So this
// text, which no URL can have, becomes the URL with the name in the path. All others are made as by Node.

const url = require('node:url');

const endpoint = process.env.AWS_ENDPOINT_URL ?? '';
const host = URL.canParse(endpoint) ? new URL(endpoint).host : '';

if (host.startsWith('127.0.0.1:')) {
  const after = `.${host}`;
  /** @param {unknown} text */
  const withPathStyle = (text) => {
    if (typeof text !== 'string' || !text.startsWith('http://')) return text;
    const end = text.indexOf(after);
    const bucket = text.slice('http://'.length, Math.max(end, 0));
    if (!/^[a-z0-9][a-z0-9.-]*$/.test(bucket)) return text;
    const rest = text.slice(end + after.length);
    return rest === '' || rest.startsWith('/') ? `http://${host}/${bucket}${rest.replace(/^\/$/, '')}` : text;
  };
  const { URL: NodeUrl } = globalThis;
  /** @type {typeof URL} */
  const Replaced = new Proxy(NodeUrl, {
    construct: (target, [text, ...base], newTarget) =>
      Reflect.construct(target, [withPathStyle(text), ...base], newTarget === Replaced ? target : newTarget),
  });
  NodeUrl.prototype.constructor = Replaced;
  globalThis.URL = Replaced;
  url.URL = Replaced;
}
