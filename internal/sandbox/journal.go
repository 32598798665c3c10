package sandbox

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// entry is one line of the journal: everything one request changed, so that a line is a transaction. Each part
// replaces the former value of the same identity.
type entry struct {
	Meta      *meta      `json:"meta,omitempty"`
	Asset     *asset     `json:"asset,omitempty"`
	Form      *form      `json:"form,omitempty"`
	Key       *usedKey   `json:"key,omitempty"`
	Violation *Violation `json:"violation,omitempty"`
}

// journal is an append-only file of entries, one JSON object a line. Appends are ordered by the caller's lock; sync
// is shared: whoever waits first flushes for everybody who appended before it (group commit without a goroutine).
type journal struct {
	file   *os.File
	noSync bool

	mu      sync.Mutex // guards written and err; never held across a sync
	written int64      // bytes appended
	err     error      // the first failed write or sync; the journal takes nothing after it

	token  chan struct{} // capacity 1: held by the one who syncs
	synced int64         // bytes known to be durable; guarded by token
}

const journalName = "journal.jsonl"

// openJournal replays the journal in dir into apply and opens it for appending. A torn last line is the trace of a
// crash in mid-write: nobody was answered for it, and it is cut off. Any other bad line is an error.
func openJournal(dir string, noSync bool, apply func(entry)) (*journal, int, error) {
	path := filepath.Join(dir, journalName)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, 0, fmt.Errorf("open journal: %w", err)
	}
	good, lines, err := replay(file, apply)
	if err == nil {
		err = file.Truncate(good)
	}
	if err == nil {
		_, err = file.Seek(good, io.SeekStart)
	}
	if err != nil {
		return nil, 0, errors.Join(fmt.Errorf("replay journal: %w", err), file.Close())
	}
	j := &journal{file: file, noSync: noSync, written: good, synced: good, token: make(chan struct{}, 1)}
	return j, lines, nil
}

// replay returns the offset behind the last whole line and the number of lines.
func replay(r io.Reader, apply func(entry)) (good int64, lines int, err error) {
	br := bufio.NewReaderSize(r, 1<<20)
	for {
		line, err := br.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return good, lines, nil // what follows the last newline is torn
		}
		if err != nil {
			return good, lines, err
		}
		var e entry
		if err := json.Unmarshal(line, &e); err != nil {
			if _, peek := br.Peek(1); errors.Is(peek, io.EOF) {
				return good, lines, nil
			}
			return good, lines, fmt.Errorf("line %d: %w", lines+1, err)
		}
		apply(e)
		good += int64(len(line))
		lines++
	}
}

// append writes e without waiting for the disk. The caller's lock decides the order.
func (j *journal) append(e entry) error {
	var buf bytes.Buffer
	if err := json.NewEncoder(&buf).Encode(e); err != nil {
		return fmt.Errorf("encode journal entry: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err != nil {
		return j.err
	}
	if _, err := j.file.Write(buf.Bytes()); err != nil {
		j.err = fmt.Errorf("write journal: %w", err)
		return j.err
	}
	j.written += int64(buf.Len())
	return nil
}

// sync returns when everything appended before the call is durable.
func (j *journal) sync() error {
	j.mu.Lock()
	want := j.written
	j.mu.Unlock()

	j.token <- struct{}{}
	defer func() { <-j.token }()
	j.mu.Lock()
	now, err := j.written, j.err
	j.mu.Unlock()
	if err != nil || j.synced >= want {
		return err
	}
	if !j.noSync {
		err = j.file.Sync()
	}
	if err != nil {
		err = fmt.Errorf("sync journal: %w", err)
		j.mu.Lock()
		j.err = err
		j.mu.Unlock()
		return err
	}
	j.synced = now
	return nil
}

func (j *journal) close() error {
	return errors.Join(j.sync(), j.file.Close())
}

// writeJournal replaces the journal in dir by entries: the compaction at Open.
func writeJournal(dir string, entries func(yield func(entry) bool)) error {
	tmp := filepath.Join(dir, journalName+".new")
	file, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("compact journal: %w", err)
	}
	bw := bufio.NewWriterSize(file, 1<<20)
	enc := json.NewEncoder(bw)
	for e := range entries {
		if err = enc.Encode(e); err != nil {
			break
		}
	}
	err = errors.Join(err, bw.Flush(), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(tmp, filepath.Join(dir, journalName))
	}
	if err == nil {
		err = syncDir(dir)
	}
	if err != nil {
		return fmt.Errorf("compact journal: %w", err)
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
