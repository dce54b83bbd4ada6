/** Codes of the room `api/`. */
export const apiCodes = {
  API_BAD_REQUEST: "The request is not of the form that the API takes",
} as const;
