// Schema of the listeners: `listen`, `trustProxy`, `allowFrom`, `admin`.
import type { z } from 'zod';
import type { Listener } from './config.ts';
import { secretSchema, type SchemaContext } from './schema-secret.ts';
import { byForm, list, must, section } from './schema-section.ts';
import { addressRange, choice, host, name, port, text } from './schema-values.ts';

export function listenSchema(context: SchemaContext) {
  const path = (what: string) => text(what).transform(context.resolvePath);
  const listener: z.ZodType<Listener> = section({
    host: host.default('0.0.0.0'),
    port: port.default(8080),
    tls: section({
      certFile: path('the path of a certificate file (PEM)'),
      keyFile: path('the path of a private key file (PEM)'),
      minVersion: choice(['TLSv1.2', 'TLSv1.3']).default('TLSv1.2'),
    }).optional(),
  });
  const one = listener.transform((only) => [only]);
  const several = list(listener, 'listeners').min(1, { error: must('at least one listener') });
  return byForm<Listener[]>((value) => (Array.isArray(value) ? several : one)).prefault({});
}

export const addressRanges = list(addressRange, 'IP addresses and CIDRs').default([]);

export function adminSchema(context: SchemaContext) {
  return section({
    host: host.default('127.0.0.1'),
    port: port.default(9464),
    tokens: list(
      section({ name, token: secretSchema(context), role: choice(['read', 'write']) }),
      'tokens, each with name, token and role',
    ).default([]),
  }).prefault({});
}
