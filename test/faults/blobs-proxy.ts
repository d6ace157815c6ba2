/** A TCP proxy that cuts every connection through it when so many bytes have passed, and again at the next mark. */
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface CuttingProxy {
  readonly port: number;
  /** Bytes, both ways together, counted from now on. */
  readonly cutAt: (marks: readonly number[]) => void;
  readonly cuts: () => number;
  readonly close: () => Promise<void>;
}

export const startCuttingProxy = async (target: { readonly port: number }): Promise<CuttingProxy> => {
  const sockets = new Set<Socket>();
  let marks: readonly number[] = [];
  let passed = 0;
  let cuts = 0;

  const cut = (): void => {
    cuts += 1;
    for (const socket of sockets) socket.destroy();
  };

  const count = (bytes: number): void => {
    passed += bytes;
    const [next = Number.POSITIVE_INFINITY, ...later] = marks;
    if (passed < next) return;
    marks = later;
    cut();
  };

  const join = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.on("data", (data) => count(data.length));
    from.pipe(to);
    from.on("error", () => from.destroy());
    from.on("close", () => {
      sockets.delete(from);
      to.destroy();
    });
  };

  const server = createServer((inside) => {
    const outside = connect(target.port, "127.0.0.1");
    join(inside, outside);
    join(outside, inside);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    // `as`: it listens on a TCP port.
    port: (server.address() as AddressInfo).port,
    cutAt: (next) => {
      passed = 0;
      marks = next;
    },
    cuts: () => cuts,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
};
