// SPDX-License-Identifier: Apache-2.0
// What happens to replicas, to their connections and to the API server; each can be mended.
import type { ApiServerControl } from '../support/control-plane/api-server.ts';
import type { Fault, FaultProxy } from '../support/fault-proxy.ts';
import type { OperatorReplica, OperatorReplicas } from '../support/operator-replicas.ts';
import type { Random } from './random.ts';

/** One of several replicas, each of which reaches the API server through a proxy of its own. */
export interface Place {
  readonly proxy: FaultProxy;
  replica: OperatorReplica;
}

/** A fault that has happened. */
export interface InflictedFault {
  readonly what: string;
  /** Ends it; resolves when all runs again. */
  mend(): Promise<void>;
}

/** What faults happen to. */
export interface FaultTargets {
  readonly places: readonly Place[];
  readonly replicas: OperatorReplicas;
  readonly control: ApiServerControl;
  /** Arguments of a replica that is started at this place. */
  readonly argumentsOf: (place: Place) => readonly string[];
}

const CODES = [400, 401, 403, 404, 409, 410, 429, 500, 503, 504];

/** Makes one fault happen, chosen at random. */
export async function inflictFault(
  { places, replicas, control, argumentsOf }: FaultTargets,
  random: Random,
): Promise<InflictedFault> {
  const place = random.pick(places);
  const which = `replica ${String(places.indexOf(place))}`;

  const kill = async (): Promise<InflictedFault> => {
    await replicas.killReplica(place.replica);
    return {
      what: `${which} is killed`,
      mend: async () => {
        place.replica = await replicas.startReplica(argumentsOf(place));
      },
    };
  };
  const stop = async (): Promise<InflictedFault> => {
    await replicas.stopReplica(place.replica);
    return {
      what: `${which} is stopped`,
      mend: async () => {
        place.replica = await replicas.startReplica(argumentsOf(place));
      },
    };
  };
  const suspend = async (): Promise<InflictedFault> => {
    const { replica } = place;
    await replica.signal('SIGSTOP');
    return { what: `${which} is suspended`, mend: () => replica.signal('SIGCONT') };
  };
  const cut = (): Promise<InflictedFault> => {
    place.proxy.cutWatches();
    return Promise.resolve({ what: `watches of ${which} are cut`, mend: () => Promise.resolve() });
  };
  const freeze = (): Promise<InflictedFault> => {
    const thaw = place.proxy.freezeWatches();
    return Promise.resolve({
      what: `watches of ${which} lag`,
      mend: () => {
        thaw();
        return Promise.resolve();
      },
    });
  };
  const spoil = (): Promise<InflictedFault> => {
    const share = random.pick([0.1, 0.5, 1]);
    const fault: Fault = random.pick([
      { type: 'cut' },
      { type: 'silence' },
      ...CODES.map((code): Fault => ({ type: 'answer', code })),
    ]);
    const end = place.proxy.spoil(() => (random.chance(share) ? fault : undefined));
    const kind = fault.type === 'answer' ? `answered ${String(fault.code)}` : fault.type;
    return Promise.resolve({
      what: `${String(100 * share)} % of the requests of ${which}: ${kind}`,
      mend: () => {
        end();
        return Promise.resolve();
      },
    });
  };
  const crash = async (): Promise<InflictedFault> => {
    await control.stopApiServer(random.pick(['SIGKILL', 'SIGTERM']));
    return { what: 'the API server is down', mend: () => control.startApiServer() };
  };
  const pause = async (): Promise<InflictedFault> => {
    await control.pauseApiServer();
    return { what: 'the API server is suspended', mend: () => control.resumeApiServer() };
  };

  return random.pick([
    kill,
    kill,
    stop,
    suspend,
    suspend,
    cut,
    freeze,
    spoil,
    spoil,
    crash,
    pause,
  ])();
}
