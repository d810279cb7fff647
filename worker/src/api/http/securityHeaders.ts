import helmet from 'koa-helmet';
import type { Middleware } from 'koa';

/** Pages need nothing but themselves: no script, no other site, no frame. The documentation loosens this for itself. */
export function securityHeaders(): Middleware {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: ["'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    // Said by whatever ends TLS in front of us; over plain HTTP browsers ignore it.
    strictTransportSecurity: false,
    crossOriginResourcePolicy: { policy: 'same-origin' },
  });
}
