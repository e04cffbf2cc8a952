// The queue for one action: joins who waits, whose turn it is and what the books grant. One question to the books is under
// way at a time; calls that come meanwhile are in the next. Nothing runs while nobody waits.
import { Alarm, type Schedule } from './alarm.ts';
import { Allowance } from './allowance.ts';
import { Asking, type Question } from './asking.ts';
import type { Ask, Budgets, Decision } from './budgets.ts';
import { EarlyWarning } from './early-warning.ts';
import { FairShare } from './fair-share.ts';
import { Forecast } from './forecast.ts';
import { Holds } from './holds.ts';
import { Lane, type Waiter } from './lane.ts';
import { Lanes } from './lanes.ts';
import { permitFor } from './permit.ts';
import type { BudgetUse, Permit, QuotaAction, QuotaEvents, QuotaRules, Turn, Waiting } from './quota.ts';
import { Spare } from './spare.ts';
import { WaitingRoom, type Crowd } from './waiting-room.ts';

export interface ActionQueueOptions {
  readonly action: QuotaAction;
  readonly budgets: Budgets;
  readonly rules: () => QuotaRules;
  readonly events: QuotaEvents;
  readonly monotonicMs: () => number;
  readonly schedule: Schedule;
  readonly crowd: Crowd;
}

export class ActionQueue {
  readonly #budgets: Budgets;
  readonly #monotonicMs: () => number;
  readonly #lanes = new Lanes();
  readonly #share = new FairShare();
  readonly #allowance: Allowance;
  readonly #forecast: Forecast;
  readonly #holds: Holds;
  readonly #warning: EarlyWarning;
  readonly #room: WaitingRoom;
  readonly #asking: Asking;
  readonly #spare: Spare;
  readonly #alarm: Alarm;
  /** Calls that the books have not been asked about yet. */
  #newcomers: Waiter[] = [];
  #isAsking = false;
  /** There is room that the question under way may know nothing of. */
  #hasNewRoom = false;

  constructor(options: ActionQueueOptions) {
    this.#budgets = options.budgets;
    this.#monotonicMs = options.monotonicMs;
    this.#allowance = new Allowance(options);
    this.#forecast = new Forecast({ allowance: this.#allowance, share: this.#share });
    const parts = {
      ...options,
      lanes: this.#lanes,
      share: this.#share,
      allowance: this.#allowance,
      forecast: this.#forecast,
    };
    this.#holds = new Holds(parts);
    this.#warning = new EarlyWarning(parts);
    this.#room = new WaitingRoom({ ...parts, warning: this.#warning });
    this.#asking = new Asking(parts);
    this.#spare = new Spare(parts);
    this.#alarm = new Alarm(options.schedule, () => this.#rang());
  }

  get waiting(): number {
    return this.#forecast.waiting;
  }

  turn(account: string, waiting: Waiting): Promise<Turn> {
    const nowMs = this.#monotonicMs();
    const lane = this.#lanes.of(account, nowMs);
    this.#holds.release(lane, nowMs);
    const reason = this.#room.whyNot(lane, waiting, nowMs);
    if (reason !== undefined) return Promise.resolve(this.#room.refusal(lane, reason, waiting.forMs, nowMs));
    return new Promise((resolve) => {
      this.#newcomers.push(this.#room.enter(lane, waiting, nowMs, resolve));
      this.#proceed(nowMs);
    });
  }

  spareTurn(account: string): Promise<Permit | undefined> {
    const nowMs = this.#monotonicMs();
    const lane = this.#lanes.of(account, nowMs);
    this.#holds.release(lane, nowMs);
    return this.#spare.turn(lane, nowMs, () => this.#givenBack(lane));
  }

  overflowed(account: string): void {
    const nowMs = this.#monotonicMs();
    const lane = this.#lanes.of(account, nowMs);
    this.#holds.release(lane, nowMs);
    this.#holds.overflowed(lane, nowMs);
    this.#share.place(lane, nowMs);
  }

  /** Other rules are in force: whoever rests may ask again. */
  rulesChanged(): void {
    const nowMs = this.#monotonicMs();
    for (const lane of this.#lanes.all()) this.#roomFor(lane, nowMs);
    this.#proceed(nowMs);
  }

  close(): void {
    this.#newcomers = [];
    this.#room.refuseAll('closed', this.#monotonicMs());
    this.#alarm.cancel();
  }

  /** The address, the accounts given, and those that calls wait for. */
  uses(inUse: Iterable<string>): BudgetUse[] {
    const nowMs = this.#monotonicMs();
    const accounts = new Set(inUse);
    for (const lane of this.#lanes.all()) {
      this.#holds.release(lane, nowMs);
      if (lane.length > 0) accounts.add(lane.account);
    }
    const lanes = [...accounts].map((account) => this.#lanes.find(account) ?? new Lane(account));
    return [this.#allowance.useOfAddress(), ...lanes.map((lane) => this.#allowance.useOf(lane, nowMs))];
  }

  #rang(): void {
    const nowMs = this.#monotonicMs();
    this.#room.expire(nowMs);
    this.#proceed(nowMs);
  }

  /** Does what can be done now, and sets the alarm for the rest. */
  #proceed(nowMs: number): void {
    if (!this.#isAsking) {
      this.#share.wake(nowMs);
      if (this.#share.hasReady && this.#forecast.addressFullUntilMs <= nowMs) this.#ask(nowMs);
      else this.#settle(this.#newcomers.splice(0), nowMs);
    }
    const readyAtMs = this.#share.hasReady ? -Infinity : this.#share.wakesAtMs;
    const asksAtMs = this.#isAsking ? Infinity : Math.max(readyAtMs, this.#forecast.addressFullUntilMs);
    this.#alarm.at(Math.min(this.#room.expiresAtMs, asksAtMs), nowMs);
  }

  #ask(nowMs: number): void {
    const question = this.#asking.compose(nowMs);
    const newcomers = this.#newcomers;
    this.#newcomers = [];
    this.#isAsking = true;
    this.#hasNewRoom = false;
    void this.#budgets.take(question.asks).then((decision) => {
      this.#isAsking = false;
      this.#answered(question, decision, newcomers);
    });
  }

  #answered(question: Question, decision: Decision, newcomers: readonly Waiter[]): void {
    const nowMs = this.#monotonicMs();
    this.#asking.note(question, decision, nowMs);
    for (const [index, ask] of question.asks.entries()) {
      const lane = question.lanes[index];
      if (lane !== undefined && decision.granted[index] === true) this.#hand(ask, lane, nowMs);
    }
    if (this.#hasNewRoom) for (const lane of question.lanes) this.#roomFor(lane, nowMs);
    this.#settle(newcomers, nowMs);
    this.#proceed(nowMs);
  }

  #hand(ask: Ask, lane: Lane, nowMs: number): void {
    const waiter = this.#room.first(lane, nowMs);
    if (waiter === undefined) {
      this.#budgets.unused(ask);
      this.#roomFor(lane, nowMs);
      return;
    }
    const permit = permitFor(ask, this.#budgets, () => this.#givenBack(lane));
    this.#room.give(waiter, permit, nowMs);
    this.#warning.used(lane, nowMs);
  }

  #givenBack(lane: Lane): void {
    const nowMs = this.#monotonicMs();
    this.#roomFor(lane, nowMs);
    this.#proceed(nowMs);
  }

  /** There may be room earlier than was expected. */
  #roomFor(lane: Lane, nowMs: number): void {
    this.#hasNewRoom = true;
    this.#forecast.addressFullUntilMs = Math.min(nowMs, this.#forecast.addressFullUntilMs);
    lane.notBeforeMs = lane.hold?.untilMs ?? -Infinity;
    this.#share.place(lane, nowMs);
  }

  /** Those that did not find their turn at once wait from now on, or hear at once that it would be in vain. */
  #settle(newcomers: readonly Waiter[], nowMs: number): void {
    for (const waiter of newcomers) {
      if (waiter.state !== 'gone') this.#room.settle(waiter, nowMs);
    }
  }
}
