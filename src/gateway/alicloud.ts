// The vendor's CommonJS libraries under plain names: the only file that loads `@alicloud/*`. An `import` gives the
// class or the object around it, depending on the loader (Node's own or tsx); `require` gives the same under both.
import { createRequire } from 'node:module';
import type credentialsExports from '@alicloud/credentials';
import type openapiClientExports from '@alicloud/openapi-client';

const require = createRequire(import.meta.url);
const credentials = require('@alicloud/credentials') as typeof credentialsExports;
const openapiClient = require('@alicloud/openapi-client') as typeof openapiClientExports;

export const OpenApiClient = openapiClient.default;
export const OpenApiConfig = openapiClient.Config;
export const CredentialLibrary = credentials.default;
export const CredentialConfig = credentials.Config;
