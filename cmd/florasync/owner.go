package main

import (
	"io/fs"
	"os"
	"syscall"
)

// ours reports that a file belongs to the user this process runs as.
func ours(st fs.FileInfo) bool {
	sys, ok := st.Sys().(*syscall.Stat_t)
	return ok && int(sys.Uid) == os.Geteuid()
}
