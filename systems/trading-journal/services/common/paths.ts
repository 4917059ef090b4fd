/** Where every service of the journal answers its platform. */
export const paths = { health: '/healthz', ready: '/readyz' } as const;
