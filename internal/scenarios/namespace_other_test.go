//go:build !linux

package scenarios

import "syscall"

// namespace: there are none.
func namespace(string) *syscall.SysProcAttr { return nil }

func unmount(string) {}

func ordinary() error { return nil }
