// The vendor's CommonJS libraries: the only file that loads `@alicloud/*`, and only when one is asked for. Together they
// take 12 MB and an eighth of a second, and calls with keys of the configuration need neither. An `import` gives the class
// or the object around it, depending on the loader (Node's own or tsx); `require` gives the same under both.
import { createRequire } from 'node:module';
import type credentialsExports from '@alicloud/credentials';
import type openapiClientExports from '@alicloud/openapi-client';

const require = createRequire(import.meta.url);

/** For credentials that must be fetched. */
export function credentialLibrary(): typeof credentialsExports {
  return require('@alicloud/credentials') as typeof credentialsExports;
}

/** The vendor's client of the gateway. */
export function openApiLibrary(): typeof openapiClientExports {
  return require('@alicloud/openapi-client') as typeof openapiClientExports;
}
