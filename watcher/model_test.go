package watcher

import (
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/florasync/florasync/state"
)

var (
	seedFlag = flag.Uint64("watcher.seed", 0, "the seed of the random operations; 0 takes a new one")
	runsFlag = flag.Int("watcher.runs", 6, "how many times random operations are played, each with the next seed")
)

// bad is what becomes of hints in a run.
var bad = []string{"every hint arrives", "overflows", "hints are dropped"}

// TestRandomOpsModelCheck does random things to a tree, directories renamed among them, and then compares the record with the disk: every file that stands
// is told with the stamps it has, and nothing else stands. Events alone must do it, also where the kernel says that it lost some; only where they are
// dropped and nobody is told a comparison is asked for at the end.
func TestRandomOpsModelCheck(t *testing.T) {
	first := *seedFlag
	if first == 0 {
		first = rand.Uint64N(1 << 40)
	}
	for seed := first; seed < first+uint64(*runsFlag); seed++ {
		kind := bad[seed%uint64(len(bad))]
		t.Run(fmt.Sprintf("%d, %s", seed, kind), func(t *testing.T) {
			defer func() {
				if t.Failed() {
					t.Logf("again: go test ./watcher -run TestRandomOpsModelCheck -watcher.seed %d -watcher.runs 1", seed)
				}
			}()
			randomRun(t, seed, kind)
		})
	}
}

func randomRun(t *testing.T, seed uint64, kind string) {
	h := newHouse(t)
	var n atomic.Uint64
	var over atomic.Bool
	switch kind {
	case "overflows":
		h.bend(func(d Dirt) Dirt {
			if n.Add(1)%3 == 0 && len(d.Paths) > 0 {
				return Dirt{Overflow: true}
			}
			return d
		}, nil)
	case "hints are dropped":
		h.bend(func(d Dirt) Dirt {
			if n.Add(1)%2 == 0 && !over.Load() {
				return Dirt{}
			}
			return d
		}, nil)
	}
	dice := rand.New(rand.NewPCG(seed, 0))
	h.batchMax = 1 + dice.IntN(6) // small ones, so that one is on its way most of the time
	slow := rand.New(rand.NewPCG(seed, 1))
	h.record.takes = func() { time.Sleep(time.Duration(slow.IntN(2000)) * time.Microsecond) }
	h.mkdir("keep")
	h.scanned()
	for range 300 {
		h.randomOp(dice)
		if dice.IntN(20) == 0 { // let the watcher be anywhere in its work
			time.Sleep(time.Duration(dice.IntN(4000)) * time.Microsecond)
		}
	}
	want := h.onDisk()
	if kind == "hints are dropped" {
		over.Store(true)
		h.w.Rescan("")
	}
	h.hasExactly(want...)
	h.until("the stamps that stand", func() bool {
		h.record.mu.Lock()
		defer h.record.mu.Unlock()
		for _, p := range want {
			if e, err := h.cfg.Source.Stat(state.Path(p)); err != nil || h.record.paths[state.Path(p)].Print != e.Print {
				return false
			}
		}
		return true
	})
	h.stop()
}

// randomOp does one thing. That it is impossible (a directory into itself) is one of the things.
func (h *house) randomOp(dice *rand.Rand) {
	dir := func() string {
		d := "keep"
		for range dice.IntN(3) {
			d += fmt.Sprintf("/d%d", dice.IntN(3))
		}
		return d
	}
	file := func() string { return fmt.Sprintf("%s/%d.jpg", dir(), dice.IntN(4)) }
	switch dice.IntN(10) {
	case 0, 1:
		_ = os.MkdirAll(h.path(dir()), 0o755)
	case 2:
		_ = os.Rename(h.path(dir()), h.path(dir()))
	case 3:
		if d := dir(); d != "keep" {
			_ = os.RemoveAll(h.path(d))
		}
	case 4:
		_ = os.Remove(h.path(file()))
	case 5, 6:
		_ = os.Rename(h.path(file()), h.path(file()))
	default:
		p := file()
		_ = os.MkdirAll(filepath.Dir(h.path(p)), 0o755)
		_ = os.WriteFile(h.path(p), fmt.Append(nil, dice.Uint32()), 0o644)
	}
}

func (h *house) onDisk() (files []string) {
	h.Helper()
	h.must(filepath.WalkDir(h.dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			rel, err := filepath.Rel(h.dir, p)
			h.must(err)
			files = append(files, rel)
		}
		return err
	}))
	slices.Sort(files)
	return files
}
