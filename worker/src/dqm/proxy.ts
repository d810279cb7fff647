/** Proxies by what they are for, as undici takes them. */
export interface Proxies {
  httpProxy?: string;
  httpsProxy?: string;
}

const variables = {
  httpProxy: ['http_proxy', 'HTTP_PROXY'],
  httpsProxy: ['https_proxy', 'HTTPS_PROXY'],
} as const;

/**
 * The proxies that the environment names, with http:// before those that have no scheme, as curl reads them. Which hosts go without one is undici's
 * affair (`NO_PROXY`).
 *
 * @throws {RangeError} in one line that names the variable and the fix, and not its value, which may hold a password.
 */
export function proxiesOf(environment: Readonly<Record<string, string | undefined>>): Proxies {
  const found = Object.entries(variables).flatMap(([use, names]) => {
    const name = names.find((each) => environment[each] !== undefined);
    const text = name === undefined ? '' : (environment[name]?.trim() ?? '');
    return name === undefined || text === '' ? [] : [[use, addressOf(name, text)] as const];
  });
  return Object.fromEntries(found);
}

function addressOf(name: string, text: string): string {
  const address = /^\w+:\/\//.test(text) ? text : `http://${text}`;
  const refuse = (why: string) => new RangeError(`${name} ${why}`);
  if (!URL.canParse(address)) {
    throw refuse(
      'must be the address of a proxy, such as http://proxy.example.org:3128, with @ as %40 and / as %2F in user and password',
    );
  }
  const { protocol, pathname, search } = new URL(address);
  if (!/^https?:$/.test(protocol)) {
    throw refuse(`names a proxy of ${protocol}//, which is not spoken here; give one of http:// or https://`);
  }
  if (pathname !== '/' || search !== '') {
    throw refuse(
      'must be the address of a proxy alone; what a PAC file says is for browsers: give the proxy that it names',
    );
  }
  return address;
}
