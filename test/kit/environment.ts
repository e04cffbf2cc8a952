import fc from 'fast-check';

// Set before any test loads: the default credential chain must not ask the cloud's link-local metadata address.
process.env['ALIBABA_CLOUD_ECS_METADATA_DISABLED'] = 'true';

// What was wrong with a counterexample, beside the counterexample: mocha does not show the causes of errors.
fc.configureGlobal({ includeErrorInReport: true });

// mocha hands a rejection that nobody handles on to whoever else listens, and passes where nobody does.
process.on('unhandledRejection', (reason) => {
  throw reason;
});
