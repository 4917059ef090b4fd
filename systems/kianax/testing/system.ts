import { startTestService, type TestService } from 'fairway-kit/testing';
import { polygon } from '../stand-ins/polygon/start.ts';
import { vendors } from '../stand-ins/vendors/start.ts';
import { agent } from '../services/agent/start.ts';
import { gateway } from '../services/api-gateway/start.ts';
import { auth } from '../services/auth/start.ts';
import { frontend } from '../services/frontend/start.ts';
import { marketData } from '../services/market-data/start.ts';
import { notification } from '../services/notification/start.ts';
import { trading } from '../services/trading/start.ts';
import { secrets } from './people.ts';
import { startStores } from './stores.ts';

/** The whole system in this process, on real stores, as the development environment has it. */
export async function startSystem(gatewayEnv: Readonly<Record<string, string>> = {}) {
  const stores = await startStores();
  const started: TestService[] = [];
  const begin = async <S extends Parameters<typeof startTestService>[0]>(
    service: S,
    env: Readonly<Record<string, string>> = {},
  ) => {
    const one = await startTestService(service, {
      env: { ...stores.env, ...secrets, SHUTDOWN_GRACE_MILLIS: '3000', ...env },
    });
    started.push(one);
    return one;
  };
  const standInPolygon = await begin(polygon, { TICK_MILLIS: '50' });
  const standIn = await begin(vendors);
  const vendorUrl = { STAND_IN_VENDORS_URL: standIn.url };
  const market = await begin(marketData, { STAND_IN_POLYGON_URL: standInPolygon.url });
  const notify = await begin(notification);
  const inner = { MARKET_DATA_URL: market.url, NOTIFICATION_URL: notify.url, ...vendorUrl };
  const [accounts, trade, ai, page] = [
    await begin(auth, { ...vendorUrl, SECURE_COOKIES: 'false' }),
    await begin(trading, inner),
    await begin(agent, inner),
    await begin(frontend),
  ];
  const entry = await begin(gateway, {
    AUTH_URL: accounts.url,
    TRADING_URL: trade.url,
    AGENT_URL: ai.url,
    MARKET_DATA_URL: market.url,
    NOTIFICATION_URL: notify.url,
    FRONTEND_URL: page.url,
    RATE_LIMIT: '0',
    ...gatewayEnv,
  });
  return {
    url: entry.url,
    trading: trade.url,
    vendors: standIn.url,
    /** Lines of the log of what stands in for the vendors. */
    vendorLogs: standIn.logs,
    services: {
      'market-data': market,
      notification: notify,
      auth: accounts,
      trading: trade,
      agent: ai,
      gateway: entry,
    },
    pool: stores.pool,
    async close() {
      for (const one of started.toReversed()) await one.stop();
      await stores.close();
    },
  };
}

export type System = Awaited<ReturnType<typeof startSystem>>;
