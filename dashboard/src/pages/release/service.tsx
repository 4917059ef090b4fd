import { useState, useSyncExternalStore } from 'react';
import type { RolloutView } from '#api/browser';
import type { TrafficStore } from '../../data/index.ts';
import { Select, Tabs } from '../../kit/index.ts';

/** Which service the picture and the charts show: at first the busiest of those that move. */
export function useService(traffic: TrafficStore, rollout: RolloutView | null) {
  const [chosen, choose] = useState<string | null>(null);
  // The names, joined: they change seldom, while samples come four times a second.
  const known = useSyncExternalStore(traffic.subscribe, () => namesOf(traffic));
  const services = known === '' ? [] : known.split(' ');
  const moving = new Set(rollout?.arms.filter(({ role }) => role === 'canary').map(({ service }) => service));
  const sorted = services.toSorted((a, b) => Number(moving.has(b)) - Number(moving.has(a)));
  const service =
    chosen !== null && services.includes(chosen) ? chosen : (sorted[0] ?? rollout?.arms[0]?.service ?? '');
  return { service, services: sorted, choose };
}

const order = new WeakMap<TrafficStore, string>();

/** By their traffic when they were first seen: an order that changed all the time could not be clicked. */
function namesOf(traffic: TrafficStore): string {
  const sample = traffic.latest();
  const before = order.get(traffic) ?? '';
  if (sample === null) return before;
  const known = new Set(before.split(' '));
  const rates = new Map<string, number>();
  for (const { service, rate } of sample.arms) rates.set(service, (rates.get(service) ?? 0) + rate);
  const fresh = [...rates]
    .filter(([service]) => !known.has(service))
    .toSorted(([, a], [, b]) => b - a)
    .map(([service]) => service);
  if (fresh.length === 0) return before;
  const all = [...(before === '' ? [] : [before]), ...fresh].join(' ');
  order.set(traffic, all);
  return all;
}

interface ServiceChoiceProps {
  readonly service: string;
  readonly services: readonly string[];
  readonly onChoose: (service: string) => void;
}

export function ServiceChoice({ service, services, onChoose }: ServiceChoiceProps) {
  const options = services.map((each) => [each, each] as const);
  if (services.length < 2) return null;
  return services.length > 5 ? (
    <Select bare label="Service" value={service} options={options} onChange={onChoose} />
  ) : (
    <Tabs label="Service" value={service} options={options} onChange={onChoose} />
  );
}
