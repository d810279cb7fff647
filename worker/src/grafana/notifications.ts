/** Where alerts may be sent, each a file of provisioning/notifications. */
export const notificationNames = ['nowhere', 'email', 'webhook'] as const;

export type NotificationName = (typeof notificationNames)[number];
