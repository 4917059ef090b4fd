import type { SystemInput } from 'fairway';

/**
 * The system with staging's shape on this machine, as environment `rehearsal` and the only one: three replicas of the
 * service, a database with a streaming standby. For failovers that are tried out before they happen.
 */
export function rehearsal(system: SystemInput): SystemInput {
  const { dev, staging } = system.environments;
  const service = dev?.services?.['customer-service'];
  return {
    ...system,
    environments: {
      rehearsal: {
        ...dev,
        target: 'local',
        purpose: 'Failover and load on one machine',
        services: {
          'customer-service': {
            ...service,
            env: { ...service?.env, DATABASE_FALLBACK: 'none' },
            strategy: 'rolling',
            replicas: 3,
          },
        },
        stores: { ...staging?.stores },
      },
    },
  };
}
