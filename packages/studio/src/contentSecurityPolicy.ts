/** The hub and the hosts that it redirects downloads to; asked only when a person pulls weights. */
const HUB = 'https://huggingface.co https://*.huggingface.co https://*.hf.co';

/** What the page may load: its own files, and weights from the hub where a person asks for them. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "worker-src 'self'",
  "img-src 'self' blob: data:",
  `connect-src 'self' ${HUB}`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');
