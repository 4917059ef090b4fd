import { storeContract } from '../../test/contract/store.ts';
import { createMemoryStore, emptyMemory } from './memory.ts';

storeContract('the memory store', async (clock) => {
  const contents = emptyMemory();
  let store = createMemoryStore({ clock, contents });
  return {
    store,
    async reopen() {
      await store.close();
      store = createMemoryStore({ clock, contents });
      return store;
    },
    tamper(stream, change) {
      const entries = contents.streams.get(stream)?.entries ?? [];
      entries.splice(0, entries.length, ...change([...entries]));
    },
    dispose: () => store.close(),
  };
});
