/** The users of development and demonstrations. Everybody knows the password. */
export const demoPassword = 'demo-password';
export const demoEmail = 'demo@example.com';
