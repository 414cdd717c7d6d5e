/** Refusals that people have published, with the address of each. */
export { default as realTexts } from './real-texts.json' with { type: 'json' };
