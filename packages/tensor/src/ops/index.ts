export * from './binary.ts';
export { cast } from './cast.ts';
export * from './compare.ts';
export * from './create.ts';
export * from './select.ts';
export * from './unary.ts';
