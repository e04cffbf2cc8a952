// The vendor's client as its documentation shows it, with nothing of ours, over plain HTTP to a stand-in.
import { createRequire } from 'node:module';
import type openapiClientExports from '@alicloud/openapi-client';
import type teaUtilExports from '@alicloud/tea-util';

const require = createRequire(import.meta.url);
const openapiClient = require('@alicloud/openapi-client') as typeof openapiClientExports;
const { RuntimeOptions } = require('@alicloud/tea-util') as typeof teaUtilExports;
const { Config, OpenApiRequest, Params } = openapiClient;
const Client = openapiClient.default;

export interface ApplyParameters {
  readonly actions: string;
  readonly resources: string;
  readonly expireTime: string;
  readonly instanceId: string;
}

/** @param endpoint `host:port`. @returns makes one ApplyToken call and resolves with the token */
export function vendorClient(
  endpoint: string,
  key: { readonly accessKeyId: string; readonly accessKeySecret: string },
): (parameters: ApplyParameters) => Promise<string> {
  const client = new Client(new Config({ ...key, endpoint, protocol: 'http' }));
  return async ({ actions, resources, expireTime, instanceId }) => {
    const params = new Params({
      action: 'ApplyToken',
      version: '2020-04-20',
      pathname: '/',
      method: 'POST',
      authType: 'AK',
      style: 'RPC',
      reqBodyType: 'formData',
      bodyType: 'json',
    });
    const query = { Actions: actions, Resources: resources, ExpireTime: expireTime, InstanceId: instanceId };
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- the client brings its own copy of the class
    const answer = (await client.callApi(params, new OpenApiRequest({ query }), new RuntimeOptions())) as {
      body: { Token: string };
    };
    return answer.body.Token;
  };
}
