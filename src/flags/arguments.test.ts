// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { parseArguments, type RunOptions } from './arguments.ts';

const HOST = { version: '1.2.3' };

function run(
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
  host: Parameters<typeof parseArguments>[2] = HOST,
): RunOptions {
  const parsed = parseArguments(['run', ...args], env, host);
  if ('exitCode' in parsed) throw new Error(parsed.stderr);
  return parsed.options;
}

/** The one line that is printed for wrong arguments, without its end. */
function complaint(argv: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const parsed = parseArguments(argv, env, HOST);
  if (!('exitCode' in parsed)) throw new Error('was accepted');
  expect(parsed.exitCode).toBe(2);
  expect(parsed.stdout).toBeUndefined();
  expect(parsed.stderr).toMatch(/^gmsa-operator: [^\n]+\n$/);
  return parsed.stderr?.slice('gmsa-operator: '.length, -1) ?? '';
}

describe('parseArguments', () => {
  it('has the defaults that the documentation names', () => {
    expect(run()).toEqual({
      kubeconfig: undefined,
      namespace: 'gmsa-operator-system',
      leaderElect: true,
      leaderElectionLeaseDurationMs: 15_000,
      leaderElectionRenewDeadlineMs: 10_000,
      leaderElectionRetryPeriodMs: 2_000,
      metricsBindAddress: { host: undefined, port: 8080 },
      metricsSecure: false,
      healthProbeBindAddress: { host: undefined, port: 8081 },
      maxConcurrentReconciles: 16,
      syncPeriodMs: 600_000,
      shutdownDelayMs: 5_000,
      admission: {
        webhookBindAddress: { host: undefined, port: 9443 },
        target: { type: 'service', name: 'gmsa-operator-webhook' },
        clientCaFile: undefined,
        certificates: {
          mode: 'self-managed',
          secret: 'gmsa-operator-webhook-cert',
          certValidityMs: 2_160 * 3_600_000,
          caValidityMs: 8_760 * 3_600_000,
        },
        authorizationCacheTtlMs: 5_000,
        randomHostname: false,
        ownerClusterRole: undefined,
      },
      logLevel: 'info',
      logFormat: 'json',
    });
  });

  it('takes every flag, with = or a space', () => {
    expect(
      run([
        '--kubeconfig=/etc/kubeconfig',
        '--namespace',
        'gmsa',
        '--leader-elect=false',
        '--leader-election-lease-duration=1m',
        '--leader-election-renew-deadline=45s',
        '--leader-election-retry-period',
        '1.5s',
        '--metrics-bind-address=127.0.0.1:0',
        '--metrics-secure',
        '--health-probe-bind-address=0',
        '--max-concurrent-reconciles=100',
        '--sync-period=1h30m',
        '--admission=true',
        '--webhook-bind-address=[::1]:9444',
        '--webhook-service-name=webhooks',
        '--webhook-url=https://10.0.0.7:9444/gmsa/',
        '--webhook-client-ca=/etc/client-ca/ca.crt',
        '--cert-mode=self-managed',
        '--cert-secret=webhook.cert',
        '--cert-validity=20s',
        '--ca-validity=30s',
        '--authorization-cache-ttl=0s',
        '--random-hostname',
        '--owner-cluster-role=gmsa-operator',
        '--shutdown-delay-duration=0s',
        '--log-level=debug',
        '--log-format=text',
      ]),
    ).toEqual({
      kubeconfig: '/etc/kubeconfig',
      namespace: 'gmsa',
      leaderElect: false,
      leaderElectionLeaseDurationMs: 60_000,
      leaderElectionRenewDeadlineMs: 45_000,
      leaderElectionRetryPeriodMs: 1_500,
      metricsBindAddress: { host: '127.0.0.1', port: 0 },
      metricsSecure: true,
      healthProbeBindAddress: undefined,
      maxConcurrentReconciles: 100,
      syncPeriodMs: 5_400_000,
      shutdownDelayMs: 0,
      admission: {
        webhookBindAddress: { host: '::1', port: 9444 },
        target: { type: 'url', base: 'https://10.0.0.7:9444/gmsa' },
        clientCaFile: '/etc/client-ca/ca.crt',
        certificates: {
          mode: 'self-managed',
          secret: 'webhook.cert',
          certValidityMs: 20_000,
          caValidityMs: 30_000,
        },
        authorizationCacheTtlMs: 0,
        randomHostname: true,
        ownerClusterRole: 'gmsa-operator',
      },
      logLevel: 'debug',
      logFormat: 'text',
    });
  });

  it.each([
    [['--leader-elect'], true],
    [['--leader-elect=true'], true],
    [['--leader-elect=1'], true],
    [['--leader-elect=F'], false],
    [['--leader-elect', 'false'], false],
    [['--leader-elect', '--log-level=warn'], true],
    [['--leader-elect=false', '--leader-elect'], true],
  ])('reads booleans as Go does: %j', (args, value) => {
    expect(run(args).leaderElect).toBe(value);
  });

  it('takes each flag from its environment variable, too; the flag wins', () => {
    const env = {
      GMSA_OPERATOR_LOG_LEVEL: 'warn',
      GMSA_OPERATOR_LEADER_ELECT: 'false',
      GMSA_OPERATOR_LEADER_ELECTION_LEASE_DURATION: '30s',
      GMSA_OPERATOR_NAMESPACE: '',
    };
    expect(run([], env)).toMatchObject({
      logLevel: 'warn',
      leaderElect: false,
      leaderElectionLeaseDurationMs: 30_000,
      namespace: 'gmsa-operator-system',
    });
    expect(run(['--log-level=error', '--leader-elect'], env)).toMatchObject({
      logLevel: 'error',
      leaderElect: true,
    });
  });

  it('takes no notice of the variables that Kubernetes sets for Services', () => {
    const env = {
      GMSA_OPERATOR_SERVICE_HOST: '10.0.0.1',
      GMSA_OPERATOR_PORT: 'tcp://10.0.0.1:443',
      GMSA_OPERATOR_PORT_443_TCP: 'tcp://10.0.0.1:443',
    };
    expect(run([], env)).toEqual(run());
  });

  it('finds its namespace: flag, variable, POD_NAMESPACE, the pod itself, the default', () => {
    const env: Record<string, string> = { POD_NAMESPACE: 'c', GMSA_OPERATOR_NAMESPACE: 'b' };
    const host = { ...HOST, serviceAccountNamespace: 'd' };
    expect(run(['--namespace=a'], env, host).namespace).toBe('a');
    expect(run([], env, host).namespace).toBe('b');
    expect(run([], { POD_NAMESPACE: 'c' }, host).namespace).toBe('c');
    expect(run([], {}, host).namespace).toBe('d');
    expect(run([], {}, HOST).namespace).toBe('gmsa-operator-system');
  });

  it.each([
    ['--max-concurrent-reconciles=0', 'it must be a whole number from 1 to 100'],
    ['--max-concurrent-reconciles=101', 'it must be a whole number from 1 to 100'],
    ['--max-concurrent-reconciles=4.0', 'it must be a whole number from 1 to 100'],
    ['--log-level=verbose', 'it must be one of debug, info, warn, error'],
    ['--log-format=logfmt', 'it must be one of json, text'],
    ['--leader-elect=yes', 'it must be true or false'],
    ['--kubeconfig=', 'it must be the path of a file'],
    [
      '--namespace=Gmsa',
      'it must be the name of a namespace: at most 63 lower-case letters, digits and "-"',
    ],
    [
      '--metrics-bind-address=8080',
      'it must be ":port", "host:port", "[IPv6]:port", or "0" for none',
    ],
    [
      '--health-probe-bind-address=:x',
      'it must be ":port", "host:port", "[IPv6]:port", or "0" for none',
    ],
    ['--sync-period=999ms', 'it must be a duration from 1s to 240h, such as 90s, 1h30m or 1.5h'],
    ['--sync-period=10', 'it must be a duration from 1s to 240h, such as 90s, 1h30m or 1.5h'],
    ['--sync-period=2160h', 'it must be a duration from 1s to 240h, such as 90s, 1h30m or 1.5h'],
    [
      '--leader-election-retry-period=-2s',
      'it must be a duration from 100ms to 24h, such as 90s, 1h30m or 1.5h',
    ],
    [
      '--leader-election-renew-deadline=15s',
      'it must be shorter than --leader-election-lease-duration (15s)',
    ],
    [
      '--leader-election-renew-deadline=2400ms',
      'it must be longer than 1.2 times --leader-election-retry-period (2s)',
    ],
    ['--webhook-bind-address=0', 'to serve no webhooks, give --admission=false'],
    [
      '--webhook-service-name=a.b',
      'it must be the name of a Service: at most 63 lower-case letters, digits and "-", a letter first',
    ],
    [
      '--webhook-url=http://10.0.0.7',
      'it must be an https URL without user, query and fragment, such as https://10.0.0.7:9443',
    ],
    [
      '--webhook-url=https://me:secret@10.0.0.7',
      'it must be an https URL without user, query and fragment, such as https://10.0.0.7:9443',
    ],
    ['--cert-mode=cert-manager', 'it must be one of self-managed, external'],
    [
      '--cert-secret=a/b',
      'it must be the name of a Secret: at most 253 lower-case letters, digits, "-" and "."',
    ],
    ['--cert-validity=9000h', 'it must not be longer than --ca-validity (8760h)'],
    ['--owner-cluster-role=a/b', 'it must be the name of a ClusterRole'],
  ])('says what is wrong with %s', (argument, why) => {
    const [flag = '', text] = argument.split(/=(.*)/);
    expect(complaint(['run', argument])).toBe(
      `${flag}: ${JSON.stringify(text)} is not allowed: ${why}`,
    );
  });

  it('has no options of admission where it is served elsewhere, and still reads its flags', () => {
    expect(run(['--admission=false', '--random-hostname']).admission).toBeUndefined();
    expect(complaint(['run', '--admission=false', '--cert-mode=none'])).toContain('--cert-mode');
  });

  it('has no certificate for the metrics where it serves no webhooks', () => {
    expect(run(['--metrics-secure']).metricsSecure).toBe(true);
    expect(complaint(['run', '--admission=false', '--metrics-secure'])).toBe(
      '--metrics-secure: "true" is not allowed: it takes the certificate of the webhooks, and --admission=false has none',
    );
  });

  it('reads who makes the certificate', () => {
    expect(run(['--cert-mode=external', '--cert-secret=mine']).admission?.certificates).toEqual({
      mode: 'external',
      secret: 'mine',
    });
  });

  it('names the variable that is wrong, where it was one', () => {
    expect(complaint(['run'], { GMSA_OPERATOR_LOG_LEVEL: 'loud' })).toBe(
      'GMSA_OPERATOR_LOG_LEVEL: "loud" is not allowed: it must be one of debug, info, warn, error',
    );
    expect(complaint(['run'], { GMSA_OPERATOR_LEADER_ELECTION_LEASE_DURATION: '9s' })).toBe(
      '--leader-election-renew-deadline: "10s" is not allowed: it must be shorter than GMSA_OPERATOR_LEADER_ELECTION_LEASE_DURATION (9s)',
    );
    expect(complaint(['run'], { POD_NAMESPACE: 'a b' })).toContain('POD_NAMESPACE: "a b" is not');
  });

  it('keeps a hostile value on one line', () => {
    expect(complaint(['run', '--log-level=a\nb\u001b[2J'])).toContain('"a\\nb\\u001b[2J"');
  });

  it('suggests what was probably meant', () => {
    expect(complaint(['run', '--metric-bind-address=:1'])).toBe(
      "unknown option '--metric-bind-address' (Did you mean --metrics-bind-address?)",
    );
    expect(complaint(['rum'])).toBe("unknown command 'rum' (Did you mean run?)");
    expect(complaint(['run', 'now'])).toContain('too many arguments');
    expect(complaint(['run', '--log-level'])).toContain("'--log-level <debug|info|warn|error>'");
  });

  it('prints its help and its version, and that is no failure', () => {
    expect(parseArguments(['--version'], {}, HOST)).toEqual({
      exitCode: 0,
      stdout: 'gmsa-operator 1.2.3\n',
    });
    expect(parseArguments(['--help'], {}, HOST)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Usage: gmsa-operator') as unknown,
    });
    const help = parseArguments(['run', '--help'], {}, HOST);
    expect(help).toMatchObject({ exitCode: 0 });
    const text = String('stdout' in help && help.stdout).replace(/\s+/g, ' ');
    expect(text).toContain('(default: 15s)');
    expect(text).toContain('GMSA_OPERATOR_LOG_LEVEL for --log-level');
    expect(text).toContain('--leader-elect [true|false]');
  });

  it('prints its help as a failure where nothing was asked for', () => {
    expect(parseArguments([], {}, HOST)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('Usage: gmsa-operator') as unknown,
    });
  });
});
