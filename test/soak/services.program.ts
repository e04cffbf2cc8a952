// The emulated services in a process of their own, so that what they measure is not disturbed by whoever makes the
// load. They are told what to do over their control routes. Ends when its standard input does.
import { once } from 'node:events';
import { startSandbox } from '../../src/sandbox/world.ts';
import { allAccounts, gatewayLimits } from './people.ts';

const { apply: ApplyToken, query: QueryToken, revoke: RevokeToken } = gatewayLimits;
const perAccount = { ApplyToken, QueryToken, RevokeToken };
const sandbox = await startSandbox({ accounts: allAccounts, limits: { gateway: { perAccount } } });
const { legacy, gateway } = sandbox;
process.stdout.write(
  `${JSON.stringify({ legacy: legacy.url, gateway: gateway.url, endpoint: gateway.endpoint })}\n`,
);
process.stdin.resume();
await once(process.stdin, 'end');
await sandbox.close();
