// Reference for the old leg: bare Express with http-proxy-middleware, streaming, over a keep-alive agent. It reads,
// checks and counts nothing. Argument: base address of the old service.
import { Agent, createServer } from 'node:http';
import express from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { announce } from './announce.ts';

const [, , target = ''] = process.argv;
const app = express();
app.use(createProxyMiddleware({ target, changeOrigin: true, agent: new Agent({ keepAlive: true }) }));
announce(createServer(app));
