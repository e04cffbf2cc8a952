// Set before any test loads: the default credential chain must not ask the cloud's link-local metadata address.
process.env['ALIBABA_CLOUD_ECS_METADATA_DISABLED'] = 'true';
