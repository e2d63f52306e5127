// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { type BodyBudget, createBodyBudget } from './body-budget.ts';

function claims(budget: BodyBudget) {
  const lost: string[] = [];
  return { lost, claim: (name: string) => budget.open(() => void lost.push(name)) };
}

describe('createBodyBudget', () => {
  it('counts what is claimed, until it is given back', () => {
    const budget = createBodyBudget(100);
    const { claim } = claims(budget);
    const [a, b] = [claim('a'), claim('b')];
    expect([budget.resize(a, 40), budget.resize(b, 60)]).toEqual([true, true]);
    expect(budget.usedBytes()).toBe(100);
    expect(budget.resize(a, 20)).toBe(true);
    expect(budget.usedBytes()).toBe(80);
    budget.release(a);
    budget.release(a);
    budget.release(b);
    expect(budget.usedBytes()).toBe(0);
  });

  it('takes the largest body that is still arriving when memory runs out', () => {
    const budget = createBodyBudget(100);
    const { claim, lost } = claims(budget);
    const [small, large] = [claim('small'), claim('large')];
    budget.resize(small, 30);
    budget.resize(large, 60);
    expect(budget.resize(claim('new'), 20)).toBe(true);
    expect(lost).toEqual(['large']);
    expect(budget.usedBytes()).toBe(50);
  });

  it('takes none that has arrived', () => {
    const budget = createBodyBudget(100);
    const { claim, lost } = claims(budget);
    const whole = claim('whole');
    budget.resize(whole, 90);
    budget.complete(whole);
    expect(budget.resize(claim('new'), 20)).toBe(false);
    expect(lost).toEqual([]);
    expect(budget.usedBytes()).toBe(90);
  });

  it('refuses the one that asks where it is the largest itself', () => {
    const budget = createBodyBudget(100);
    const { claim, lost } = claims(budget);
    const [small, large] = [claim('small'), claim('large')];
    budget.resize(small, 30);
    budget.resize(large, 60);
    expect(budget.resize(large, 80)).toBe(false);
    expect(lost).toEqual([]);
    expect(budget.usedBytes()).toBe(30);
  });
});
