/** Runs the clean-up of whatever has been collected. A clean-up must not refer to what it waits for. */
export const onCollected = new FinalizationRegistry<() => void>((cleanUp) => {
  cleanUp();
});
