// Leave to send one call, in use: what became of it is told exactly once. Who gives permits is the quota's business.

/** Leave to send one call: exactly one of the two is to be called. */
export interface Permit {
  sent(): void;
  unused(): void;
}

/** A permit in use: it is told exactly once what became of it. */
export interface Ticket {
  readonly send: () => void;
  readonly wasSent: () => boolean;
  /** Gives back what was not used; nothing can be sent with it any more. */
  readonly end: () => void;
}

export function ticketFor(permit: Permit): Ticket {
  let state: 'unused' | 'sent' | 'given-back' = 'unused';
  return {
    send: () => {
      if (state !== 'unused') return;
      state = 'sent';
      permit.sent();
    },
    wasSent: () => state === 'sent',
    end: () => {
      if (state !== 'unused') return;
      state = 'given-back';
      permit.unused();
    },
  };
}
