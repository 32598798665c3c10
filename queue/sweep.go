package queue

import (
	"os"
	"path/filepath"
	"strings"
)

// What is written beside a record while its lock is held begins with these.
const (
	backupPrefix = ".florasync-backup-"
	copyPrefix   = ".florasync-copy-"
)

// sweep removes what backups and migrations left beside a record when they were killed: whole copies of it. Whoever calls holds its lock alone, so that none is
// being written. What cannot be removed costs room and nothing else.
func sweep(record string) {
	dir := filepath.Dir(record)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), backupPrefix) || strings.HasPrefix(e.Name(), copyPrefix) {
			_ = os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
}
