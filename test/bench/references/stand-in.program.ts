// A backend of either kind for the regression guard, where no nginx may be installed: a new token for every request.
import { createServer } from 'node:http';
import { announce } from './announce.ts';

let count = 0;
announce(
  createServer((request, response) => {
    request.resume();
    const token = `LzMT+XLFl5s/YWJ/${String((count += 1)).padStart(48, '0')}`;
    const body = `{"success":true,"message":"operate success","code":200,"tokenData":"${token}","RequestId":"${count}","Token":"${token}"}`;
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length }).end(body);
  }),
);
