package watcher

import (
	"sync"

	"github.com/fsnotify/fsnotify"
)

// eventBuffer is head-room beside the kernel's own queue (fs.inotify.max_queued_events), for the moments when the reader is not scheduled.
const eventBuffer = 4096

// FSHints is [Hints] from the kernel, by fsnotify.
type FSHints struct {
	watcher *fsnotify.Watcher
	dirty   *dirtySet
	reader  sync.WaitGroup
}

// NewFSHints opens the hints of one root. EMFILE: the limit of instances is reached (fs.inotify.max_user_instances).
func NewFSHints() (Hints, error) {
	w, err := fsnotify.NewBufferedWatcher(eventBuffer)
	if err != nil {
		return nil, err
	}
	h := &FSHints{watcher: w, dirty: newDirtySet()}
	h.reader.Go(h.read)
	return h, nil
}

// read drains both channels and does nothing else: a reader that spends 50 µs on an event loses most of a burst, and one that does not take errors stops
// the watcher for ever.
func (h *FSHints) read() {
	events, errs := h.watcher.Events, h.watcher.Errors
	for events != nil || errs != nil {
		select {
		case e, ok := <-events:
			if !ok {
				events = nil
				continue
			}
			h.dirty.put(e.Name, changeOf(e.Op))
		case _, ok := <-errs:
			if !ok {
				errs = nil
				continue
			}
			h.dirty.overflow() // ErrEventOverflow; after any other error, too, nobody knows what was lost
		}
	}
}

func changeOf(op fsnotify.Op) (c Change) {
	if op.Has(fsnotify.Create) {
		c |= Came
	}
	if op.Has(fsnotify.Remove) || op.Has(fsnotify.Rename) {
		c |= Left
	}
	if op.Has(fsnotify.Write) || op.Has(fsnotify.Chmod) {
		c |= Wrote
	}
	return c
}

// Add watches one directory. A link at the path is followed, which is why the directory is looked at before and after.
func (h *FSHints) Add(dir string) error { return h.watcher.Add(dir) }

// Remove ends the watch of a directory. That there was none is no error: the kernel ends it itself when the directory goes.
func (h *FSHints) Remove(dir string) { _ = h.watcher.Remove(dir) }

// Dirty is signalled when there is something to take.
func (h *FSHints) Dirty() <-chan struct{} { return h.dirty.ready }

// Take returns what became dirty since the last Take.
func (h *FSHints) Take() Dirt { return h.dirty.take() }

// Close ends all watches and waits for the reader.
func (h *FSHints) Close() error {
	err := h.watcher.Close()
	h.reader.Wait()
	return err
}
