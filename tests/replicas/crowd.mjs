// SPDX-License-Identifier: Apache-2.0
// Many visits at a time, each of them from its beginning to its end, and what became of them.
import { until } from './fleet.mjs';

/** The protocol lets this visit begin anew: the replica that had what cannot move is gone. */
export class Anew extends Error {}

export class Crowd {
  #lanes;
  #total;
  #done = 0;
  #generation = 0;
  #present = [0];
  #isHeld = false;

  /** `lanes` are {name, count, atOnce, visit(number)}. */
  constructor(lanes) {
    this.#lanes = lanes;
    this.#total = lanes.reduce((sum, { count }) => sum + count, 0);
    this.finished = Object.fromEntries(lanes.map(({ name }) => [name, 0]));
    this.anew = 0;
    this.failures = [];
  }

  async #attend({ name, visit }, number) {
    for (let isOver = false; !isOver;) {
      const generation = this.#generation;
      this.#present[generation] += 1;
      try {
        await visit(number);
        this.finished[name] += 1;
        isOver = true;
      } catch (error) {
        isOver = !(error instanceof Anew);
        if (isOver) this.failures.push(`${name} ${number}: ${error.message}${error.cause ? ` (${error.cause.message})` : ''}`);
        else this.anew += 1;
      }
      this.#present[generation] -= 1;
    }
    this.#done += 1;
  }

  async #run(lane) {
    let next = 0;
    const walk = async () => {
      while (next < lane.count || this.#isHeld) await this.#attend(lane, next++);
    };
    await Promise.all(Array.from({ length: lane.atOnce }, walk));
  }

  /** All visits there are, and more until what happens meanwhile has happened. */
  async run(meanwhile = async () => {}) {
    this.#isHeld = true;
    const happening = meanwhile().finally(() => { this.#isHeld = false; });
    const [happened] = await Promise.allSettled([happening, ...this.#lanes.map((lane) => this.#run(lane))]);
    if (happened.status === 'rejected') throw happened.reason;
  }

  /** When this part of all visits is over. */
  past(part) {
    return until(() => this.#done >= part * this.#total, `${Math.round(part * 100)} % of the visits`, () => this.#done);
  }

  /** When all who are present now have left. */
  async exchange() {
    const before = this.#generation;
    this.#generation += 1;
    this.#present.push(0);
    const left = () => this.#present.slice(0, before + 1).reduce((sum, count) => sum + count, 0);
    await until(() => left() === 0, 'the end of earlier visits', left);
  }

  get summary() {
    const finished = Object.entries(this.finished).map(([name, count]) => `${count} ${name}`).join(', ');
    const first = this.failures.length > 0 ? `, the first: ${this.failures[0]}` : '';
    return `${finished}; ${this.anew} began anew, ${this.failures.length} failed${first}`;
  }
}
