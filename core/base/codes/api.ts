/** Codes of the room `api/`. */
export const apiCodes = {
  API_BAD_REQUEST: "The request is not of the form that the API takes",
  API_NOT_FOUND: "The API has no such address",
  API_BODY_TOO_LARGE: "The body of the request is larger than the API takes",
  API_AGENT_NOT_RUNNING: "No agent answers at the socket",
  API_AGENT_RUNNING: "Another agent serves the socket already",
  API_SOCKET_FORBIDDEN: "This user may not use the agent's socket",
  API_SOCKET_PATH: "The path of the socket is longer than a socket's may be",
  API_ADDRESS_TAKEN: "The API cannot listen at the address",
  API_UNREACHABLE: "No agent answers at the address",
  API_CONNECTION_LOST: "The agent went away in the middle of an answer",
} as const;
