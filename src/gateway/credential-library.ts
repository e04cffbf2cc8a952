// Builds the vendor's object that fetches temporary credentials, as the configuration describes it. Fetches nothing.
import { credentialLibrary } from './alicloud.ts';
import type { DynamicDescription } from './credentials.ts';
import type { CredentialSource } from './refreshing.ts';

/** Throws where a secret cannot be read. */
export function buildFromLibrary(description: DynamicDescription): CredentialSource {
  const { default: CredentialLibrary, Config: CredentialConfig } = credentialLibrary();
  if (description.type === 'default') return new CredentialLibrary(null);
  const plain =
    description.type === 'ram_role_arn'
      ? { ...description, accessKeySecret: description.accessKeySecret.reveal() }
      : description;
  return new CredentialLibrary(new CredentialConfig({ ...plain }));
}
