// SPDX-License-Identifier: Apache-2.0
// The memory that bodies may take together. When it runs out, the largest one that is still arriving goes:
// reviews are small, so whoever fills the memory on purpose is hit, and not those who come with a pod.

/** The memory of one body. Whoever reads the body only hands it to its budget. */
export interface BodyClaim {
  bytes: number;
  /** The body has to go, in favour of others; its claim is released by then. */
  readonly onLost: () => void;
}

/** The memory of all bodies. */
export interface BodyBudget {
  /** For a body that is about to arrive: 0 bytes at first. `onLost`: see {@link BodyClaim}. */
  open(onLost: () => void): BodyClaim;
  /** The body is arriving, and needs so many bytes from now on. False: it was the largest, and has to go. */
  resize(claim: BodyClaim, bytes: number): boolean;
  /** The body has arrived: it may not be taken away any more. */
  complete(claim: BodyClaim): void;
  /** Gives everything back. Any number of times. */
  release(claim: BodyClaim): void;
  /** Claimed at the moment. */
  usedBytes(): number;
}

/** A budget of so many bytes. */
export function createBodyBudget(maxBytes: number): BodyBudget {
  let used = 0;
  const arriving = new Set<BodyClaim>();

  const release = (claim: BodyClaim): void => {
    arriving.delete(claim);
    used -= claim.bytes;
    claim.bytes = 0;
  };

  /** False where it hit the one that asked. */
  const makeRoom = (asking: BodyClaim): boolean => {
    while (used > maxBytes) {
      let largest = asking;
      for (const claim of arriving) if (claim.bytes > largest.bytes) largest = claim;
      release(largest);
      if (largest === asking) return false;
      largest.onLost();
    }
    return true;
  };

  return {
    open: (onLost) => ({ bytes: 0, onLost }),
    resize: (claim, bytes) => {
      arriving.add(claim);
      used += bytes - claim.bytes;
      claim.bytes = bytes;
      return used <= maxBytes || makeRoom(claim);
    },
    complete: (claim) => {
      arriving.delete(claim);
    },
    release,
    usedBytes: () => used,
  };
}
