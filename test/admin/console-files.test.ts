// The console's files over HTTP: what is there, what is not, and the headers that keep the page to itself.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import express from 'express';
import request from 'supertest';
import { createConsole } from '../../src/admin/console-files.ts';

const directory = new URL('../../src/admin/console/', import.meta.url);
const app = express().disable('etag').use('/console', createConsole());

describe('the files of the console', () => {
  it('are reached from /console, relative to where it is served', async () => {
    const answer = await request(app).get('/console').expect(308);
    assert.equal(answer.headers['location'], 'console/');
  });

  it('include every module, style and picture of the directory', async () => {
    for (const name of readdirSync(directory).filter((each) => /\.(js|css|svg)$/.test(each))) {
      const answer = await request(app).get(`/console/${name}`).expect(200).buffer(true);
      assert.equal(Number(answer.headers['content-length']), readFileSync(new URL(name, directory)).length);
    }
  });

  it('include uPlot, from this server', async () => {
    await request(app)
      .get('/console/vendor/uplot.js')
      .expect(200)
      .expect('content-type', /javascript/);
    await request(app).get('/console/vendor/uplot.css').expect(200).expect('content-type', /css/);
  });

  it('hold no inline script or style, and name nothing from elsewhere', async () => {
    const { text } = await request(app).get('/console/').expect(200);
    assert.doesNotMatch(text, /<script(?![^>]*src=)|<style|\son\w+=|\sstyle=|https?:/i);
  });

  it('are never shown by innerHTML or the like', () => {
    for (const name of readdirSync(directory).filter((each) => each.endsWith('.js'))) {
      const text = readFileSync(new URL(name, directory), 'utf8');
      assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b/, name);
    }
  });

  it('carry a strict policy', async () => {
    const { headers } = await request(app).get('/console/').expect(200);
    assert.match(
      String(headers['content-security-policy']),
      /default-src 'none'; script-src 'self'; style-src 'self'/,
    );
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['referrer-policy'], 'no-referrer');
  });

  it('are not sent again while they are the same', async () => {
    const first = await request(app).get('/console/app.js').expect(200);
    assert.equal(first.headers['cache-control'], 'no-cache');
    const etag = String(first.headers['etag']);
    await request(app).get('/console/app.js').set('If-None-Match', etag).expect(304);
    await request(app).get('/console/app.js').set('If-None-Match', '"other"').expect(200);
  });

  for (const path of [
    '/console/../package.json',
    '/console/%2e%2e/api.ts',
    '/console/shapes.d.ts',
    '/console/vendor/',
    '/console//etc/passwd',
    '/console/index.html',
  ]) {
    it(`do not include ${path}`, async () => {
      await request(app).get(path).expect(404);
    });
  }

  it('are only read', async () => {
    await request(app).post('/console/').expect(405).expect('allow', 'GET, HEAD');
    const head = await request(app).head('/console/').expect(200);
    assert.equal(head.text, undefined);
  });
});
