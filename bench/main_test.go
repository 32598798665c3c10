package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var program string

func TestMain(m *testing.M) { os.Exit(tests(m)) }

func tests(m *testing.M) int {
	if len(os.Args) > 1 && os.Args[1] == wireCommand {
		return wireMain(os.Args[2:])
	}
	dir, err := os.MkdirTemp("", "florasync-bench-")
	if err == nil {
		defer os.RemoveAll(dir)
		program, err = buildProgram(context.Background(), dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// scale returns n, or small with -short.
func scale(n, small int) int {
	if testing.Short() {
		return small
	}
	return n
}

// sandbox starts a sandbox process and returns its base URL.
func sandbox(b *testing.B, flags ...string) string {
	b.Helper()
	s, err := serve(program, filepath.Join(b.TempDir(), "flora"), flags...)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(s.stop)
	return s.url
}

// once runs `run --once` and returns how long it took and its peak of anonymous memory, in bytes.
func once(b *testing.B, inbox, state, url string) (took time.Duration, anonymous int64) {
	b.Helper()
	c := comparison{program: program, settings: settings{concurrency: 4}}
	u, err := measure(c.once(b.Context(), inbox, job{state: state, url: url}))
	if err != nil {
		b.Fatal(err)
	}
	return u.Took, u.Anonymous
}
