import { stopwatch } from '../counters.ts';
import { type Asker, type Asking, Connection, type ConnectionHost, type Way } from './connection.ts';

/**
 * The connections to one replica. There is no limit of them: a limit would be a queue inside the router that nobody sees.
 * Bodies have no time limit, since streams of events are silent for long; a first answer has, or a hung service would
 * never count as failed.
 */
export interface ConnectionPool {
  /** `fresh`: on a connection of its own, since one that was kept has just been lost. */
  ask(asking: Asking, asker: Asker, fresh: boolean): Way;
  /** Called now and then: closes what was idle for long, gives up what has taken too long. */
  sweep(now: number): void;
  /** Closes all connections; nobody is told. */
  destroy(): void;
}

export function createPool(port: number): ConnectionPool {
  const all = new Set<Connection>();
  /** The one that was used last is used first, so that those that are not needed grow old. */
  const idle: Connection[] = [];
  const host: ConnectionHost = {
    onIdle(connection) {
      connection.idleSince = stopwatch();
      idle.push(connection);
    },
    onGone(connection) {
      all.delete(connection);
      const place = idle.lastIndexOf(connection);
      if (place !== -1) idle.splice(place, 1);
    },
  };
  return {
    ask(asking, asker, fresh) {
      const now = stopwatch();
      for (let kept = fresh ? undefined : idle.pop(); kept !== undefined; kept = idle.pop()) {
        if (now - kept.idleSince < kept.keepMillis) {
          kept.ask(asking, asker);
          return kept;
        }
        kept.destroy();
      }
      const connection = new Connection(port, host, asking, asker);
      all.add(connection);
      return connection;
    },
    sweep(now) {
      for (const connection of [...idle])
        if (now - connection.idleSince >= connection.keepMillis) connection.destroy();
      for (const connection of all) connection.sweep(now);
    },
    destroy() {
      for (const connection of all) connection.abort();
    },
  };
}
