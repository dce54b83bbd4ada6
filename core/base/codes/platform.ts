/** Codes of the room `platform/`. */
export const platformCodes = {
  PLATFORM_NO_LINGER: "A user's units end with the user's last session",
  PLATFORM_NO_SYSTEMD: "No systemd manager can run the units",
} as const;
