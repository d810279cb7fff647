import { html, Html } from './html.ts';

/** Dark first, as control rooms are dim; colours of both themes are chosen for a contrast of at least 4.5. */
const style = new Html(`
:root { color-scheme: dark light; --back: #111217; --raised: #1a1c23; --line: #34363f; --text: #d8d9df; --quiet: #9a9ca6;
  --bad: #ff7383; --unknown: #f0b43c; --good: #73bf9a; --link: #6e9fff; }
@media (prefers-color-scheme: light) { :root { --back: #f7f8fa; --raised: #fff; --line: #d2d4da; --text: #24262c;
  --quiet: #5f626c; --bad: #c4162a; --unknown: #8a5a00; --good: #1a7f4b; --link: #1f5fd0; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1200px; margin: 0 auto; padding: 20px 24px 48px; }
nav { padding: 10px 24px; border-bottom: 1px solid var(--line); background: var(--raised); }
nav a { margin-right: 20px; }
h1 { font-size: 26px; font-weight: 600; margin: 8px 0 4px; } h2 { font-size: 17px; margin: 28px 0 8px; }
a { color: var(--link); text-decoration: none; } a:hover, a:focus-visible { text-decoration: underline; }
.quiet { color: var(--quiet); } .bad { color: var(--bad); font-weight: 600; } .unknown { color: var(--unknown); } .good { color: var(--good); }
table { border-collapse: collapse; } th, td { padding: 4px 14px 4px 0; text-align: left; border-bottom: 1px solid var(--line); }
th { font-weight: 500; color: var(--quiet); } td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
svg { max-width: 100%; height: auto; display: block; } svg text { fill: var(--text); font: 12px system-ui, sans-serif; }
svg .tick, svg .note { fill: var(--quiet); } svg .bad { fill: var(--bad); font-weight: 600; } svg .unknown { fill: var(--unknown); }
svg .frame { fill: none; stroke: var(--line); } svg .absent { fill: var(--line); opacity: 0.45; }
.barrel td { padding: 2px; border: 0; } .barrel a { display: block; min-width: 34px; padding: 3px 5px; text-align: center;
  background: var(--raised); border: 1px solid var(--line); color: var(--quiet); border-radius: 3px; }
.barrel a.bad { color: var(--back); background: var(--bad); border-color: var(--bad); }
.barrel span.hatched { display: block; min-width: 34px; padding: 3px 5px; text-align: center; color: var(--quiet); border: 1px dashed var(--line); border-radius: 3px; }
.pager a { margin-right: 18px; }`);

/** A whole page; `body` holds what is between heading and end. */
export function page(title: string, body: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · DT occupancy</title>
        <style>
          ${style}
        </style>
      </head>
      <body>
        <nav><a href="/">DT occupancy monitor</a><a href="/docs">API</a></nav>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html> `.text;
}
