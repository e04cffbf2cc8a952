// The vendor's CommonJS libraries under plain names: the only file that loads `@alicloud/*`. An `import` gives the
// class or the object around it, depending on the loader (Node's own or tsx); `require` gives the same under both.
import { createRequire } from 'node:module';
import type credentialsExports from '@alicloud/credentials';
import type openapiClientExports from '@alicloud/openapi-client';
import type * as teaExports from '@alicloud/tea-typescript';
import type teaUtilExports from '@alicloud/tea-util';

const require = createRequire(import.meta.url);
const credentials = require('@alicloud/credentials') as typeof credentialsExports;
const openapiClient = require('@alicloud/openapi-client') as typeof openapiClientExports;
const tea = require('@alicloud/tea-typescript') as typeof teaExports;
const teaUtil = require('@alicloud/tea-util') as typeof teaUtilExports;

export const OpenApiClient = openapiClient.default;
export const { Config: OpenApiConfig, OpenApiRequest, Params: OpenApiParams } = openapiClient;
export const { RuntimeOptions } = teaUtil;
export const { newError } = tea;
export const CredentialLibrary = credentials.default;
export const CredentialConfig = credentials.Config;

export type OpenApiRequest = InstanceType<typeof OpenApiRequest>;
export type OpenApiParams = InstanceType<typeof OpenApiParams>;
export type RuntimeOptions = InstanceType<typeof RuntimeOptions>;
