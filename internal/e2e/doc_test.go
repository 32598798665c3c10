//go:build linux

// Package e2e runs florasync as people do: the package is built, installed into a minimal Debian, and that Debian is booted. systemd starts, feeds,
// kills, reloads and stops it; the sandbox beside it stands in for FLORA.
//
// It owns the tree (debootstrap), the machine (systemd-nspawn) and the questions asked of both. It does not test what a test without systemd can: the
// promises are proved elsewhere, and here each step ends with "every file is there exactly once, and no rule of FLORA was broken".
//
// It follows the documents too: the shell blocks of the README are run in a copy of the repository, those of docs/install.md on the machine.
//
// The machine needs root, Debian's debootstrap and systemd-container, and its package mirror; without -systemd none is booted. One is booted once,
// and the steps follow each other, as in its life. The machine has a network of its own: nothing leaves it.
package e2e
