// The vendor's CommonJS libraries under plain names: the only file that loads `@alicloud/*`. An `import` gives the
// class or the object around it, depending on the loader (Node's own or tsx); `require` gives the same under both.
// Each is loaded when it is first asked for, as most processes need neither.
import { createRequire } from 'node:module';
import type credentialsExports from '@alicloud/credentials';
import type openapiClientExports from '@alicloud/openapi-client';

const require = createRequire(import.meta.url);

/** Credentials that are fetched. Throws where the package is missing. */
export function credentialLibrary(): typeof credentialsExports {
  return require('@alicloud/credentials') as typeof credentialsExports;
}

/** The vendor's own client: 12 MB and 126 ms. Throws where the package is missing. */
export function openApiLibrary(): typeof openapiClientExports {
  return require('@alicloud/openapi-client') as typeof openapiClientExports;
}
