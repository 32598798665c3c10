//go:build !linux

package scenarios

import "errors"

var errLinux = errors.New("only on Linux")

func reserve([]string) error   { return errLinux }
func linkIn([]string) error    { return errLinux }
func exchange([]string) error  { return errLinux }
func serveFuse([]string) error { return errLinux }
func hasFuse() bool            { return false }
