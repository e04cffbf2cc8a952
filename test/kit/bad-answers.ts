// Answers of a gateway that are no success, and what each is a case of. Data for the tests of the gateway client.

/** The token of the call: no outcome may show it, whatever an answer repeats. */
export const token = 'LzMT+XLFl5s/YWJ/MlDz4t/Lq5HC1iGU1P28HAMaxYxn8aQbALNtml7QZKl9L9kPe6Lq==';

/** To a `QueryToken`: HTTP status and body as they come, class and cause that they must become. */
export const badAnswers = {
  'an error page': [502, '<html>Bad Gateway</html>', 'fault', 'unreadable'],
  'an error without a body': [503, '', 'fault', 'unreadable'],
  'an empty 200': [200, '', 'fault', 'unreadable'],
  'a 200 that is no JSON': [200, 'ok', 'fault', 'unreadable'],
  'a 200 that is a list': [200, '[]', 'fault', 'unreadable'],
  'a 200 that is null': [200, 'null', 'fault', 'unreadable'],
  'a 200 without the expected field': [200, { RequestId: 'R-1' }, 'fault', 'unreadable'],
  'a 200 with a status in words': [200, { TokenStatus: 'true' }, 'fault', 'unreadable'],
  'a 200 that carries a code': [
    200,
    { Code: 'PermissionCheckFailed', TokenStatus: true },
    'denied',
    'answered',
  ],
  'a redirect': [302, '', 'fault', 'unreadable'],
  'throttling as HTTP 500': [500, { Code: 'Throttling' }, 'throttled', 'answered'],
  'a message that repeats the token': [
    400,
    { Code: 'ParameterCheckFailed', Message: `Token=${token} is bad` },
    'rejected',
    'answered',
  ],
  'a message that quotes the request': [
    400,
    { Code: 'InternalError', Message: `POST http://h/?Token=${encodeURIComponent(token)}` },
    'fault',
    'answered',
  ],
  'too much': [200, JSON.stringify({ TokenStatus: true, pad: 'x'.repeat(1_000_000) }), 'fault', 'unreadable'],
} as const;
