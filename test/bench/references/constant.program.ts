// Reference for answers without a backend: Express that answers everything with the same JSON.
import { createServer } from 'node:http';
import express from 'express';
import { announce } from './announce.ts';

const app = express();
app.use(
  (_request, response) => void response.json({ success: false, message: 'signature error', code: 407 }),
);
announce(createServer(app));
