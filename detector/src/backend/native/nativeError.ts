/** Why tfjs-node's native part could not be installed; the message says what to do. */
export class NativeInstallError extends Error {
  override readonly name = 'NativeInstallError';
}
