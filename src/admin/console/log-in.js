// Asks for the admin token when the API does, and forgets it on request.
import { keepToken, token } from './api.js';
import { byId, say } from './dom.js';

/** @param {{ start: () => void, forget: () => void }} events */
export function setUpLogIn({ start, forget }) {
  const form = byId('log-in', HTMLFormElement);
  const field = byId('token', HTMLInputElement);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const given = field.value.trim();
    // What a header cannot hold is no token.
    if (given === '' || !/^[\x21-\x7e]+$/.test(given))
      return say(byId('log-in-problem'), 'This is no token.');
    keepToken(given);
    field.value = '';
    say(byId('log-in-problem'), '');
    start();
  });
  byId('log-out').addEventListener('click', () => {
    keepToken(undefined);
    forget();
  });
  return {
    /** @param {string} message the server's */
    ask(message) {
      const problem = token() === null ? '' : message;
      keepToken(undefined);
      const wasHidden = form.hidden;
      form.hidden = false;
      byId('figures').hidden = true;
      say(byId('log-in-problem'), problem);
      if (wasHidden || problem !== '') field.focus();
    },
    done() {
      form.hidden = true;
      byId('figures').hidden = false;
      byId('log-out').hidden = token() === null;
    },
  };
}
