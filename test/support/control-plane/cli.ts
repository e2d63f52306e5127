// SPDX-License-Identifier: Apache-2.0
// The control plane by hand: `node test/support/control-plane/cli.ts up --windows-node`.
import { Command, Option } from 'commander';
import { pinSums } from './go-sums.ts';
import { CORE_PROGRAMS, type Program } from './programs.ts';
import { provide } from './binaries.ts';
import { type EmbeddedControlPlane, startControlPlane } from './control-plane.ts';

interface Choice {
  readonly controllers?: true;
  readonly windowsNode?: true;
  readonly helm?: true;
  readonly kubernetesVersion?: string;
}

const program = new Command('control-plane')
  .description(
    'A real Kubernetes control plane on loopback: etcd and kube-apiserver, and more on request',
  )
  .helpCommand(false)
  .showHelpAfterError();

command('up', 'start a control plane; it stays until Ctrl-C and then removes all that it made')
  .addOption(
    new Option('--api-server-arg <arg...>', 'further arguments for kube-apiserver').default([]),
  )
  .action(async ({ apiServerArg, ...choice }: Choice & { apiServerArg: string[] }) => {
    const controlPlane = await startControlPlane({
      ...choice,
      scheduler: choice.controllers === true,
      extraApiServerArgs: apiServerArg,
    });
    await stayUntilSignal(controlPlane);
  });

command('build', 'only find, fetch or build the programs, and print where they are')
  .option('--helm', 'and Helm and a Lua, for the tests of the chart')
  .action(async ({ controllers, windowsNode, helm, kubernetesVersion }: Choice) => {
    const wanted: Program[] = [...CORE_PROGRAMS];
    if (controllers ?? windowsNode) wanted.push('kube-controller-manager', 'kube-scheduler');
    if (windowsNode) wanted.push('kwok');
    if (helm) wanted.push('helm', 'glua');
    const paths = await provide(wanted, { kubernetesVersion });
    for (const path of Object.values(paths)) process.stdout.write(`${path}\n`);
  });

program
  .command('pin')
  .description('after a change of the default versions: write their checksums to go-sums/ anew')
  .action(async () => {
    for (const file of await pinSums()) process.stdout.write(`${file}\n`);
  });

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

function command(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option('--controllers', 'with kube-controller-manager and kube-scheduler')
    .option('--windows-node', 'with a simulated Windows node that runs pods (and --controllers)')
    .option(
      '--kubernetes-version <version>',
      '1.34 to 1.37, or a full version (default: $KUBERNETES_VERSION, else the newest)',
    );
}

async function stayUntilSignal({
  kubeconfigPath,
  kubectlPath,
  directory,
  stop,
}: EmbeddedControlPlane): Promise<void> {
  process.stdout.write(`The control plane is up. In another terminal:

  export KUBECONFIG=${kubeconfigPath}
  ${kubectlPath} get namespaces

Logs are in ${directory}/logs. Press Ctrl-C to stop it; nothing is left behind.
`);
  // Signals do not keep Node alive by themselves.
  const alive = setInterval(() => undefined, 60_000);
  await new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, resolve);
  });
  clearInterval(alive);
  await stop();
  process.stdout.write('The control plane is stopped.\n');
}
