/** The most rows or columns that a terminal may have. */
export const charactersMax = 10_000;
