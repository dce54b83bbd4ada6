/** Codes of the room `platform/`. */
export const platformCodes = {
  PLATFORM_EXECUTABLE_DAMAGED: "The executable file is not what it says of itself",
  PLATFORM_NO_CACHE: "There is no folder into which the executable can unpack itself",
  PLATFORM_NO_LINGER: "A user's units end with the user's last session",
  PLATFORM_NO_SYSTEMD: "No systemd manager can run the units",
  PLATFORM_COMMAND_MISSING: "A command is not on this host",
  PLATFORM_COMMAND_NOT_EXECUTABLE: "A file is not a command that can be run",
  PLATFORM_DIRECTORY_MISSING: "A command's working directory is not there",
  PLATFORM_NO_TERMINAL: "A command cannot be given a terminal",
  PLATFORM_PROCESS_NOT_STARTED: "A process could not be started",
  PLATFORM_PROCESS_STAYS: "A process does not go away, not even when killed",
} as const;
