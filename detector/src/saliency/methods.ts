/** How attributions may be made; apart from the methods themselves, which need TensorFlow.js. */
export const saliencyMethods = ['gradient', 'smoothgrad', 'integrated-gradients', 'occlusion'] as const;
export type SaliencyMethod = (typeof saliencyMethods)[number];
