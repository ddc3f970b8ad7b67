/** Runes everywhere; a warning of the compiler is a fault (see `npm run check`). */
export default { compilerOptions: { runes: true } };
