import { test } from 'vitest';
import { expectTakeoverToGoOn } from '../../src/stores/postgres/replication/takeover.fixture.ts';

/** Every durable step of a takeover, and every deed between two of them. */
const moments = [
  'failover_begun',
  'failover_step ending',
  'failover_step ended',
  'failover_step promoting',
  'failover_step promoted',
  'failover_step moving',
  'failover_step put_aside',
  'failover_step moved',
  'failover_step starting',
  'failover_done',
];

test.each(moments)(
  'a control plane that is killed at %s of a takeover: the next one ends it, once and without a loss',
  (moment) => expectTakeoverToGoOn(moment, true),
);
