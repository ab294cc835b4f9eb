import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { BadSettings, SETTINGS, settingsFrom, unknownSettings } from './settings.ts';

describe('settings', () => {
  test('each says where it came from', () => {
    const home = (env: Record<string, string>) => settingsFrom(env).find(({ name }) => name === 'home');
    expect(home({})).toMatchObject({ value: '.retrace', from: 'default' });
    expect(home({ RETRACE_HOME: '/data' })).toMatchObject({ value: '/data', from: 'environment RETRACE_HOME' });
  });

  test('all faults are told at once', () => {
    expect(() => settingsFrom({ RETRACE_HOME: ' ', RETRACE_NODE24: 'perhaps' })).toThrow(BadSettings);
    expect(() => settingsFrom({ RETRACE_HOME: ' ', RETRACE_NODE24: 'perhaps' })).toThrow(/RETRACE_HOME: .*\nRETRACE_NODE24: /);
  });

  test('a secret is never shown', () => {
    const key = { name: 'key', env: 'VENUE_KEY', about: 'x', standard: '', secret: true, schema: z.string() };
    expect(JSON.stringify(settingsFrom({ VENUE_KEY: 'sesame' }, [...SETTINGS, key]))).not.toContain('sesame');
  });

  test('a misspelt one is found', () => {
    expect(unknownSettings({ RETRACE_HOEM: '/x', RETRACE_HOME: '/y', RETRACE_SKIPS_FILE: 'z', HOME: '/' }, ['RETRACE_SKIPS_FILE'])).toEqual(
      ['RETRACE_HOEM'],
    );
  });
});
