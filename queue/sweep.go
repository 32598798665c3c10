package queue

import (
	"os"
	"path/filepath"
	"strings"
)

// What is written beside a record while its lock is held begins with one of these and the record's name: another record may lie there, too, as while one is restored.
const (
	backupPrefix = ".florasync-backup-"
	copyPrefix   = ".florasync-copy-"
)

// beside is the pattern of a name beside a record, for os.CreateTemp and os.MkdirTemp.
func beside(prefix, record string) string { return prefix + filepath.Base(record) + "-*" }

// sweep removes what backups and migrations left beside a record when they were killed: whole copies of it. Whoever calls holds its lock alone, so that none is
// being written. What cannot be removed costs room and nothing else.
func sweep(record string) {
	dir := filepath.Dir(record)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	of := func(name, pattern string) bool { return strings.HasPrefix(name, strings.TrimSuffix(pattern, "*")) }
	for _, e := range entries {
		if of(e.Name(), beside(backupPrefix, record)) || of(e.Name(), beside(copyPrefix, record)) {
			_ = os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
}
