import { readFileSync } from 'node:fs';
import { expectAllClose } from '@lusd/testing/allClose';
import { Browser, findChromium } from '@lusd/testing/browser';
import { createServer, type Plugin } from 'vite';
import { expect, test } from 'vitest';
import type { Report } from './page.ts';

const reference: { losses: number[] } = JSON.parse(
  readFileSync(new URL('../golden/classifier.json', import.meta.url), 'utf8'),
);
const packageFolder = new URL('../../', import.meta.url).pathname;
const executable = await findChromium();

/** Takes the page's report. */
function reportPlugin(receive: (report: Report) => void): Plugin {
  return {
    name: 'report',
    configureServer({ middlewares }) {
      middlewares.use('/report', async (request, response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        response.end();
        receive(JSON.parse(Buffer.concat(chunks).toString()) as Report);
      });
    },
  };
}

test.skipIf(!executable)('in Chromium, the classifier trains along the loss curve of PyTorch', async () => {
  let receive: (report: Report) => void = () => {};
  const reported = new Promise<Report>((resolve) => {
    receive = resolve;
  });
  const server = await createServer({
    root: packageFolder,
    configFile: false,
    logLevel: 'error',
    plugins: [reportPlugin(receive)],
    esbuild: { target: 'es2022' },
  });
  await server.listen();
  try {
    await using _ = new Browser(executable!, `${server.resolvedUrls!.local[0]}test/browser/index.html`);
    const report = await reported;
    if ('error' in report) throw new Error(report.error);
    expect(report.adapter).toContain('swiftshader');
    expectAllClose(report.losses, reference.losses, { rtol: 0.01, atol: 0, label: 'loss' });
  } finally {
    await server.close();
  }
});
