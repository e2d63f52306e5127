// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { CCG_EVENTS } from './diagnose/troubleshoot/ccg-events.ts';
import { DOCTOR_REMEDIES } from './diagnose/doctor/remedies.ts';
import { REMEDIES } from './diagnose/troubleshoot/remedies.ts';
import { fillIn, isPlace, type Place } from './fill-in.ts';

describe('fillIn', () => {
  it('fills in what is known, and leaves the rest for the reader', () => {
    const text = 'kubectl delete pod <pod> -n <namespace>, FILE, <service-account>, <other>';
    expect(fillIn(text, { pod: 'web-0', namespace: undefined, 'service-account': 'web' })).toBe(
      'kubectl delete pod web-0 -n <namespace>, FILE, web, <other>',
    );
  });

  it.each<readonly [Place, string]>([
    ['account', 'WebApp1'],
    ['command', 'nslookup.exe -vc -type=SRV _ldap._tcp.dc._msdcs.corp.example.'],
    ['command', 'nltest.exe /dsgetdc:corp.example /force'],
    ['configuration', 'mutatingwebhookconfiguration/gmsa-operator'],
    ['container', 'iis'],
    ['credspec', 'gmsa.webapp1'],
    ['domain', 'Corp.Example'],
    ['file', './credspecs/webapp1.yaml'],
    ['file', 'C:\\specs\\webapp1.yaml'],
    ['node', 'ip-10-0-0-1.ec2.internal'],
    ['owner', 'replicaset/webapp1-6d4cf56db6'],
    ['program', 'nltest.exe'],
    ['replicas', '2'],
    ['resource', 'statefulsets'],
    ['version', '1.2.3-rc.1'],
  ])('fills in <%s> with %j', (place, value) => {
    expect(fillIn(`x <${place}> y`, { [place]: value })).toBe(`x ${value} y`);
  });

  it.each<Place>([
    'account',
    'command',
    'configuration',
    'container',
    'credspec',
    'deployment',
    'domain',
    'file',
    'namespace',
    'node',
    'owner',
    'pod',
    'program',
    'release',
    'replicas',
    'resource',
    'secret',
    'service-account',
    'version',
    'workload',
  ])('leaves <%s> to the reader where a shell would make something else of the value', (place) => {
    for (const value of HOSTILE) {
      expect(fillIn(`x <${place}> y`, { [place]: value })).toBe(`x <${place}> y`);
    }
  });

  it.each<Place>(['configuration', 'owner', 'workload'])('checks both parts of <%s>', (place) => {
    for (const value of HOSTILE) {
      expect(fillIn(`<${place}>`, { [place]: `pod/${value}` })).toBe(`<${place}>`);
      expect(fillIn(`<${place}>`, { [place]: `${value}/web` })).toBe(`<${place}>`);
    }
  });

  it('does not take one value for a place in another', () => {
    expect(fillIn('<credspec>', { credspec: '<namespace>', namespace: 'shop' })).toBe('<credspec>');
  });
});

describe('remedies', () => {
  it('have no place that nothing is filled in for', () => {
    const texts = [
      ...Object.values<string>(REMEDIES),
      ...Object.values<string>(DOCTOR_REMEDIES),
      ...CCG_EVENTS.map(({ remedy }) => remedy),
    ];
    const words = texts.flatMap((text) => [...text.matchAll(/<([^>]*)>/g)].map(([, word]) => word));
    expect(words.filter((word) => !isPlace(word ?? ''))).toEqual([]);
  });
});

/** What somebody who may create Events could write in place of a name. */
const HOSTILE = [
  'x; touch /tmp/x #',
  'x$(id)',
  'x`id`',
  'x|sh',
  'x&calc',
  'x\nid',
  'x\u202e',
  "x'",
  'x"',
  'x>y',
  '$HOME',
  '%PATH%',
  '*',
  '',
  '-x;',
];
