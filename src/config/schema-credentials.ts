// Schema of `accounts[].gateway.credentials`: whose credentials the gateway is called with, one form for each type
// that the vendor's credentials library knows, and `caller`.
import { z } from 'zod';
import { secretSchema, type SchemaContext } from './schema-secret.ts';
import { choiceText, mustUnseen, section } from './schema-section.ts';
import { hostAndPort, text, wholeNumber } from './schema-values.ts';

const credentialTypes = [
  'caller',
  'access_key',
  'sts',
  'ram_role_arn',
  'ecs_ram_role',
  'oidc_role_arn',
  'default',
] as const;

const unknownType = `must be ${choiceText(credentialTypes)}`;
const notAMapping = mustUnseen('a mapping with a `type` and what that type needs');

function wrongCredentials(issue: { readonly code: string; readonly input?: unknown }): string {
  return issue.code === 'invalid_union' ? unknownType : notAMapping(issue);
}

export function credentialsSchema(context: SchemaContext) {
  const secret = secretSchema(context);
  const key = { accessKeyId: text('an access key id'), accessKeySecret: secret };
  const role = {
    roleArn: text('the ARN of a RAM role'),
    roleSessionName: text('a session name').optional(),
    // The token service hands out sessions of 15 minutes to 12 hours.
    roleSessionExpiration: wholeNumber(900, 43_200).optional(),
    policy: text('a RAM policy as JSON text').optional(),
    stsEndpoint: hostAndPort.optional(),
  };
  return z
    .discriminatedUnion(
      'type',
      [
        section({ type: z.literal('caller') }),
        section({ type: z.literal('access_key'), ...key }),
        section({ type: z.literal('sts'), ...key, securityToken: secret }),
        section({
          type: z.literal('ram_role_arn'),
          ...key,
          ...role,
          externalId: text('an external id').optional(),
        }),
        section({ type: z.literal('ecs_ram_role'), roleName: text('the name of a RAM role').optional() }),
        section({
          type: z.literal('oidc_role_arn'),
          ...role,
          oidcProviderArn: text('the ARN of an OIDC provider'),
          oidcTokenFilePath: text('the path of a token file').transform(context.resolvePath),
        }),
        section({ type: z.literal('default') }),
      ],
      { error: wrongCredentials },
    )
    .default({ type: 'caller' });
}
