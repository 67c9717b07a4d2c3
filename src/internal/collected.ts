/** Runs the clean-up of an object that has been collected. A clean-up must not refer to that object. */
export const onCollected = new FinalizationRegistry<() => void>((cleanUp) => {
  cleanUp();
});
