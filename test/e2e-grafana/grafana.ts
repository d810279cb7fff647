import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { inject } from 'vitest';
import { openPage } from '../e2e/browser.ts';

const { url, user, password } = inject('grafana');

export interface Login {
  user: string;
  password: string;
}

export const admin: Login = { user, password };
export const grafanaUrl = url;

/** One request to Grafana's HTTP API. */
export async function ask(login: Login, method: string, address: string, body?: unknown): Promise<Response> {
  return fetch(`${url}${address}`, {
    method,
    headers: {
      Authorization: `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`,
      'Content-Type': 'application/json',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** A user with a role of their own, made for this test. */
export async function makeUser(name: string, role: 'Viewer' | 'Editor'): Promise<Login> {
  const login = {
    user: `${name}-${randomBytes(3).toString('hex')}`,
    password: randomBytes(12).toString('hex'),
  };
  const made = await ask(admin, 'POST', '/api/admin/users', {
    login: login.user,
    name: login.user,
    password: login.password,
  });
  if (!made.ok) throw new Error(`Grafana makes no user: ${made.status} ${await made.text()}`);
  const { id } = (await made.json()) as { id: number };
  const changed = await ask(admin, 'PATCH', `/api/org/users/${id}`, { role });
  if (!changed.ok) throw new Error(`Grafana gives no role: ${changed.status}`);
  return login;
}

export interface GrafanaPage {
  page: Page;
  /** What went wrong in the page's scripts. */
  complaints: string[];
  /** What went wrong in queries of panels. */
  failedQueries: string[];
  /** What went through the proxy to the API, e.g. `POST /api/v1/labels 200`. */
  proxied: string[];
  queries: () => number;
  /** Waits until no panel has asked anything for a second. */
  settle: () => Promise<void>;
}

/** A page of somebody who has logged in. */
export async function openGrafana(browser: Browser, login: Login): Promise<GrafanaPage> {
  const { page } = await openPage(browser, { width: 1600, height: 1000 });
  const complaints: string[] = [];
  const failedQueries: string[] = [];
  let count = 0;
  let underWay = 0;
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('request', (request) => {
    if (isQuery(request.url())) underWay += 1;
  });
  page.on('requestfinished', (request) => {
    if (isQuery(request.url())) underWay -= 1;
  });
  page.on('requestfailed', (request) => {
    if (isQuery(request.url())) underWay -= 1;
  });
  const proxied: string[] = [];
  page.on('response', (response) => {
    const [, way] = /plugin-proxy\/[\w-]+\/\w+(\/[^?]*)/.exec(response.url()) ?? [];
    if (way !== undefined) proxied.push(`${response.request().method()} ${way} ${response.status()}`);
    if (!isQuery(response.url())) return;
    count += 1;
    if (!response.ok()) {
      const text = response.text().catch(() => '');
      void text.then((body) => failedQueries.push(`${response.status()} ${body.slice(0, 500)}`));
    }
  });
  const answer = await page.request.post(`${url}/login`, {
    data: { user: login.user, password: login.password },
  });
  if (!answer.ok()) throw new Error(`Grafana does not let ${login.user} in: ${answer.status()}`);
  async function settle(): Promise<void> {
    // Not "networkidle": Grafana keeps a connection for live updates.
    for (let quiet = 0, patience = 300; quiet < 5 && patience > 0; patience -= 1) {
      await page.waitForTimeout(200);
      quiet = underWay === 0 ? quiet + 1 : 0;
    }
  }
  return { page, complaints, failedQueries, proxied, queries: () => count, settle };
}

function isQuery(address: string): boolean {
  return address.includes('/api/ds/query');
}

/** Opens a dashboard and waits until its panels have their answers. */
export async function showDashboard({ page, settle }: GrafanaPage, uid: string, query = ''): Promise<void> {
  await page.goto(`${url}/d/${uid}?kiosk${query}`, { waitUntil: 'domcontentloaded' });
  await page.locator('.react-grid-item').first().waitFor({ timeout: 60_000 });
  await settle();
}

/** For people to look at: only where GRAFANA_PICTURES names a folder. */
export async function picture({ page }: GrafanaPage, name: string): Promise<void> {
  const folder = process.env['GRAFANA_PICTURES'];
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  await page.waitForTimeout(500);
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
}
