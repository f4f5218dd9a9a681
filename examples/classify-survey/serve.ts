import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import sirv from "sirv";

/** A server of one folder on the loopback interface, with byte ranges and ETags. */
export interface SurveyServer extends AsyncDisposable {
  readonly url: string;
}

/** Serves until it is disposed. */
export async function serveFolder(folder: string): Promise<SurveyServer> {
  const server = createServer(sirv(folder, { etag: true }));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
