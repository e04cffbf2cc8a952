// Where the gateway of a region is: names only, no network.

/**
 * Host and port of the gateway, as they stand in the `Host` header.
 * @param backend `regionId` such as `cn-hangzhou`; `endpoint` (`host[:port]`) wins where it is configured
 * @returns `onsmqtt.<regionId>.aliyuncs.com` unless configured otherwise (PROTOCOL section 2)
 */
export function gatewayEndpoint(backend: { readonly regionId: string; readonly endpoint?: string }): string {
  return backend.endpoint ?? `onsmqtt.${backend.regionId}.aliyuncs.com`;
}
