// What somebody would write in an afternoon: Express, the form parser, the documented signature, and the vendor's client
// as it comes. No quota, no record of tokens, no log. Arguments: endpoint of the gateway, access key, secret.
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import express from 'express';
import { announce } from './announce.ts';
import { vendorClient, type ApplyParameters } from './client.ts';

const [, , endpoint = '', accessKeyId = '', accessKeySecret = ''] = process.argv;
const call = vendorClient(endpoint, { accessKeyId, accessKeySecret });
const signedFields = ['actions', 'expireTime', 'instanceId', 'resources', 'serviceName'];

const app = express();
app.use(express.urlencoded({ extended: false }));
app.post('/token/apply', async (request, response) => {
  const fields = request.body as ApplyParameters & Record<string, string>;
  const text = signedFields.map((name) => `${name}=${fields[name] ?? ''}`).join('&');
  const expected = createHmac('sha1', accessKeySecret).update(text).digest('base64');
  if (fields['signature'] !== expected) {
    return void response.json({ success: false, message: 'signature error', code: 407 });
  }
  try {
    const tokenData = await call(fields);
    response.json({ success: true, message: 'operate success', code: 200, tokenData });
  } catch (error) {
    response.json({ success: false, message: String(error), code: 409 });
  }
});
announce(createServer(app));
