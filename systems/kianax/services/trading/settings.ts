import { httpProtocols, secret, url } from 'fairway-kit';
import { flagSettings } from '../common/flags.ts';
import { callerSettings, databaseSettings, standInSettings } from '../common/settings.ts';

export const settings = {
  ...databaseSettings,
  ...callerSettings,
  ...standInSettings,
  ...flagSettings,
  marketDataUrl: url('MARKET_DATA_URL', httpProtocols),
  notificationUrl: url('NOTIFICATION_URL', httpProtocols),
  brokerUrl: url('BROKER_URL', httpProtocols, 'https://broker.example.com'),
  brokerKey: secret('BROKER_KEY'),
};
