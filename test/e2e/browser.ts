import { AxeBuilder } from '@axe-core/playwright';
import packaged from '@sparticuz/chromium';
import { chromium, type Browser, type Page } from 'playwright-core';

export type Theme = 'dark' | 'light';

export interface PageOptions {
  theme?: Theme;
  width?: number;
  height?: number;
  pixelRatio?: number;
  reducedMotion?: boolean;
}

/** A real headless Chromium out of an npm package; it unpacks itself on first use. */
export async function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await packaged.executablePath(),
    // One process for everything ends with the first page that is closed; pages get the security that users have; and a graphics
    // processor played by software takes several times the processor time of drawing without one.
    args: [
      ...packaged.args.filter(
        (arg) => !/single-process|no-zygote|web-security|insecure|gpu|gl=|angle|swiftshader/.test(arg),
      ),
      '--disable-gpu',
    ],
    headless: true,
  });
}

/** A page with nothing in its storage. What the page complains about is collected in `complaints`. */
export async function openPage(
  browser: Browser,
  { theme = 'dark', width = 1440, height = 900, pixelRatio = 1, reducedMotion = false }: PageOptions = {},
): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({
    // Without a locale this Chromium takes one from the environment that Intl does not know.
    locale: 'en-GB',
    viewport: { width, height },
    deviceScaleFactor: pixelRatio,
    reducedMotion: reducedMotion ? 'reduce' : 'no-preference',
  });
  // Shorter than a test is given: so it says what was waited for.
  context.setDefaultTimeout(60_000);
  await context.addInitScript((chosen) => localStorage.setItem('dtdqm.theme', chosen), theme);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  return { page, complaints };
}

/**
 * From now on the time of a page, whose clock was installed before, stands still until the test moves it: what lasts so many seconds for
 * people lasts as long as the test needs, on a busy machine, too, and no request that is under way runs into its time-out.
 */
export async function stopClock({ clock }: Page): Promise<void> {
  // Time stops only at a moment that has not passed yet; requests are given 10 s.
  await clock.pauseAt(Date.now() + 9_000);
}

/** What axe finds wrong with the page: each rule with the elements that break it. */
export async function axeComplaints(page: Page): Promise<string[]> {
  // A button that has just become one to press is on its way from one colour to the other.
  await page.evaluate(() =>
    Promise.all(document.getAnimations().map((each) => each.finished.catch(() => each))),
  );
  // In the page itself, which has no frames, and without lists of everything that is right: of 250 chambers those are tens of
  // megabytes, which otherwise go from the page to the test and from there to an empty page, where axe sums them up.
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] });
  const { violations } = await axe.analyze();
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`,
  );
}
