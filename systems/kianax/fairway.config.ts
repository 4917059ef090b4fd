import { defineSystem } from 'fairway';
import { environments } from './definition/environments.ts';
import { operations } from './definition/operations.ts';
import { services } from './definition/services.ts';
import { watching } from './definition/watching.ts';

/**
 * Browsers reach the frontend and the gateway; the gateway knows who asks and hands it on to six private services on one
 * database and one cache. Two environments: development takes every push to `develop`, production every push to `main`.
 */
export default defineSystem({
  name: 'kianax',
  description: 'Trading with live quotes and an agent that proposes orders',
  version: '1.0.0',
  owner: 'platform',
  objectives: ['mature EKS', 'managed data', 'security and compliance', 'prices for startups'],
  documents: [
    'README.md',
    'terraform/README.md',
    'KUBERNETES.md',
    'LOCAL_DEVELOPMENT.md',
    'MICROSERVICES.md',
  ],

  services,

  stores: {
    database: {
      kind: 'postgres',
      role: 'Users, sessions, orders, trades and their audit; every table has a user_id',
      version: 16,
      managed: 'RDS',
      database: 'kianax',
      encrypted: true,
      tls: true,
      pooler: { max: 100, perReplica: 10 },
    },
    cache: {
      kind: 'redis',
      role: 'Quotes, sessions read through, rate limits, what is published to browsers',
      version: 7,
      managed: 'ElastiCache',
      evictionPolicy: 'allkeys-lru',
      encrypted: true,
      tls: true,
      lifetimes: { 'session seen': '10s', quote: '1h', 'leader of the feed': '5s' },
      backup: { full: { every: '1d', keep: '7d' }, encrypted: true },
    },
  },

  vendors: {
    polygon: { role: 'Quotes', hosts: ['api.polygon.io', 'socket.polygon.io'], stub: 'stand-ins/polygon' },
    openai: { role: 'Models of the agent', hosts: ['api.openai.com'], stub: 'stand-ins/vendors' },
    github: { role: 'Sign in', hosts: ['github.com', 'api.github.com'], stub: 'stand-ins/vendors' },
    google: {
      role: 'Sign in',
      hosts: ['accounts.google.com', 'oauth2.googleapis.com', 'openidconnect.googleapis.com'],
      stub: 'stand-ins/vendors',
    },
    broker: { role: 'Fills orders', stub: 'stand-ins/vendors' },
    statsig: { role: 'Flags, experiments, exposures', hosts: ['api.statsig.com'], stub: 'stand-ins/vendors' },
  },

  secrets: {
    AUTH_SECRET: { role: 'Signs the cookies of sessions', generate: 32, hardware: true },
    JWT_SECRET: { role: 'Signs the tokens between the services', generate: 32, hardware: true },
    BROKER_KEY: { role: 'Encrypts the keys of brokers (AES-256-GCM)', generate: 32, rewrap: '90d' },
    OPENAI_API_KEY: { role: 'Asks the models', generate: 16, from: 'openai' },
    POLYGON_API_KEY: { role: 'Listens to the quotes', generate: 16, from: 'polygon' },
    GITHUB_CLIENT_SECRET: { role: 'Sign in by GitHub', generate: 16, from: 'github' },
    GOOGLE_CLIENT_SECRET: { role: 'Sign in by Google', generate: 16, from: 'google' },
    PROBE_PASSWORD: { role: 'Lets the checks sign in as their own user', generate: 32 },
  },
  flags: {
    ai_model: { default: 'small', values: ['small', 'large'], role: 'Model that the agent asks' },
    pricing_experiment: { default: false, role: 'Half the commission, for those who see it' },
    trading_enabled: { default: true, killSwitch: true, role: 'New orders are taken' },
    agent_enabled: { default: true, killSwitch: true, role: 'The agent may be asked' },
  },

  release: {
    strategy: 'rolling',
    rolling: { surge: 1, unavailable: 0 },
    gate: { errorShare: '5%', slowerThan: '1s', checks: ['gateway', 'quotes'] },
    watch: '5m',
    keepOld: '5m',
    migrations: { service: 'trading', folder: 'services/trading/migrations', store: 'database' },
    rollback: {
      automatic: true,
      keep: 10,
      steps: ['ArgoCD syncs the revision of Git that is chosen', 'flags go back to their defaults'],
    },
  },

  ...operations,
  ...watching,
  environments,
});
