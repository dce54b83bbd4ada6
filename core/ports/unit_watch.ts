/**
 * Tells when running things on this host change, so that nobody polls.
 *
 * With systemd: one bus subscription per manager. Without: the ends of the children that the agent supervises.
 */
export interface UnitWatch {
  /**
   * Calls back with the name of a unit (without `.service`) whose state changed, or with nothing where everything
   * may have changed (the subscription was lost and made again). Returns how to stop.
   */
  watch(onChange: (unit: string | undefined) => void): Promise<() => Promise<void>>;
}
