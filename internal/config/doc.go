// Package config is what an operator may set: it finds the configuration, reads its layers, checks them, and knows where the API key comes from.
//
// What it owns: the keys, their defaults and their words (one table of settings, from which parsing, the environment's names, the example and the
// documentation's table follow), and every error an operator can make in them. What it does not: flags' names and help (cmd), and what the settings do.
//
// Invariants, cited by number in tests:
//
//  1. flag > environment > file > default, for every scalar key.
//  2. Every error names its key and, in a file, line and column; all errors are told at once, up to a bound.
//  3. A key that is not known is an error, never ignored.
//  4. No [Config], error or warning holds an API key, nor the user part or query of a URL.
//  5. [Parse] is pure: it reads neither disk nor environment. What needs the disk is [Config.CheckDisk].
//  6. A key file that others can read is not used.
package config
