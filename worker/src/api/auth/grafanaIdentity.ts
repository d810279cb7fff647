import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { Problem } from '../problem.ts';

export interface GrafanaOptions {
  /** Root address of Grafana; its keys lie at `/api/signing-keys/keys` below it. */
  url: string;
  issuer: string;
  audience: string;
}

/**
 * Checks the identity that Grafana signs for every proxied request (`X-Grafana-Id`, from Grafana 10.4 on).
 *
 * @returns a function from the header to the user's name.
 * @throws {Problem} 401 for anything but a valid identity, 503 while the keys cannot be had.
 */
export function createGrafanaIdentity({ url, issuer, audience }: GrafanaOptions) {
  const keys = createRemoteJWKSet(new URL(`${url.replace(/\/+$/, '')}/api/signing-keys/keys`), {
    timeoutDuration: 5000,
    // A key that is not known yet makes jose ask again, but not more often than this.
    cooldownDuration: 30_000,
    cacheMaxAge: 600_000,
  });

  return async (token: string): Promise<string> => {
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ['ES256'],
        issuer,
        audience,
        clockTolerance: 10,
        requiredClaims: ['exp', 'sub'],
      });
      return nameOf(payload);
    } catch (cause) {
      if (cause instanceof Problem) throw cause;
      if (isRefusal(cause)) {
        throw new Problem(
          401,
          'not-authenticated',
          'the identity that Grafana signed is missing or not valid',
          {
            cause,
          },
        );
      }
      throw new Problem(
        503,
        'identity-unavailable',
        'the keys of Grafana cannot be had, so nobody can be identified',
        {
          cause,
          headers: { 'Retry-After': '10' },
        },
      );
    }
  };
}

/** Everything that says something of the token; what is left says something of the way to the keys. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof errors.JWTExpired ||
    error instanceof errors.JWTClaimValidationFailed ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  );
}

/** Readable where Grafana gives one, else the subject, e.g. `user:1`; both are stable for one person. */
function nameOf(payload: Record<string, unknown>): string {
  for (const claim of ['username', 'email', 'sub']) {
    const value = payload[claim];
    if (typeof value === 'string' && /^[^\p{Cc}]{1,200}$/u.test(value)) return value;
  }
  throw new Problem(401, 'not-authenticated', 'the identity that Grafana signed names nobody');
}
