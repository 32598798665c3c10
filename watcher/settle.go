package watcher

import (
	"time"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
)

// The quiet times of `settle: auto`. With a probe that tells writers they only bridge the moment between one writer and the next (a copy that is closed and
// gets its stamps afterwards); without one they stand in for it, and are guesses.
const (
	quietProbe   = 300 * time.Millisecond
	quietRenamed = 100 * time.Millisecond
	quietNoProbe = 10 * time.Second
	quietNetwork = 15 * time.Second
)

// Between two looks at a file that somebody has open: the first, doubling up to the cap; once it is growing nobody waits for it.
const (
	busyFirst   = 10 * time.Millisecond
	busyCap     = 200 * time.Millisecond
	busyGrowing = 2 * time.Second
)

// settlingMax bounds the files that are settling at once; what is more is found by listing its directory again. Settling takes 300 ms: it is room for
// what a hundred thousand files a second need, which is more than the record takes.
const settlingMax = 30_000

// Waiting says why a file has not settled yet.
type Waiting string

// Why a file waits.
const (
	WaitsQuiet  Waiting = "changed a moment ago"
	WaitsWriter Waiting = "open for writing"
	WaitsHeld   Waiting = "held back"
)

// quiet is how long a file must not have changed.
type quiet struct{ probe, renamed, noProbe time.Duration }

// quietFor returns the quiet times of a root. floor is the configured settle time, 0 for auto.
func quietFor(floor time.Duration, network bool) quiet {
	q := quiet{quietProbe, quietRenamed, quietNoProbe}
	if network {
		q = quiet{quietNetwork, quietNetwork, quietNetwork}
	}
	return quiet{max(q.probe, floor), max(q.renamed, floor), max(q.noProbe, floor)}
}

// needed is the quiet time with a working probe. A rename, like stamps that were put back after a copy, moves ctime only: the writing is over.
func (q quiet) needed(p state.Fingerprint) time.Duration {
	if p.CTime-p.MTime > int64(quietRenamed) {
		return q.renamed
	}
	return q.probe
}

// settler decides when files are ready. It is pure: it is told what was seen and when, in monotonic time, and says when to look again.
type settler struct {
	quiet   quiet
	growing time.Duration
	files   map[state.Path]*candidate
	agenda  *agenda
}

// candidate is a file that has not settled.
type candidate struct {
	print state.Fingerprint
	first time.Time // when it was first seen, whatever it was then
	since time.Time // when print was first seen
	busy  time.Duration
	waits Waiting
	by    string // the hold file
}

func newSettler(q quiet, growing time.Duration) *settler {
	return &settler{quiet: q, growing: growing, files: map[state.Path]*candidate{}, agenda: newAgenda()}
}

// see takes a look at a name, without a probe. It reports false when there is no room: then its directory must be listed again later.
func (s *settler) see(p state.Path, print state.Fingerprint, now time.Time) bool {
	c, ok := s.files[p]
	switch {
	case !ok && len(s.files) >= settlingMax:
		return false
	case !ok:
		s.files[p] = &candidate{print: print, first: now}
		s.restart(p, print, now)
	case c.print != print:
		s.restart(p, print, now)
	case c.waits == WaitsHeld:
		s.agenda.put(string(p), now)
	}
	return true
}

func (s *settler) restart(p state.Path, print state.Fingerprint, now time.Time) {
	c := s.files[p]
	c.print, c.since, c.busy, c.waits, c.by = print, now, 0, WaitsQuiet, ""
	s.agenda.put(string(p), now.Add(s.quiet.needed(print)))
}

func (s *settler) forget(p state.Path) {
	if _, ok := s.files[p]; ok {
		delete(s.files, p)
		s.agenda.drop(string(p))
	}
}

// due takes a file that should be looked at now; looked or forget must follow.
func (s *settler) due(now time.Time) (state.Path, bool) {
	key, ok := s.agenda.pop(now)
	return state.Path(key), ok
}

// sight is what a look at an open file found.
type sight struct {
	print   state.Fingerprint
	writers source.Writers
	held    string // the name of a hold file
}

// looked judges a look at a file that was due. When it is ready it is forgotten here.
func (s *settler) looked(p state.Path, look sight, now time.Time) (ready bool) {
	c, ok := s.files[p]
	if !ok {
		return false
	}
	if c.print != look.print {
		s.restart(p, look.print, now)
		c.waits = waitsFor(look)
		return false
	}
	c.waits, c.by = waitsFor(look), look.held
	if c.waits != WaitsQuiet {
		s.agenda.put(string(p), now.Add(s.backOff(c, now)))
		return false
	}
	needed := s.quiet.needed(look.print)
	if look.writers == source.Unknown {
		needed = max(needed, s.quiet.noProbe)
	}
	if now.Sub(c.since) < needed {
		s.agenda.put(string(p), c.since.Add(needed))
		return false
	}
	s.forget(p)
	return true
}

func waitsFor(look sight) Waiting {
	switch {
	case look.writers == source.Some:
		return WaitsWriter
	case look.held != "":
		return WaitsHeld
	}
	return WaitsQuiet
}

func (s *settler) backOff(c *candidate, now time.Time) time.Duration {
	if now.Sub(c.first) >= s.growing {
		return busyGrowing
	}
	c.busy = min(max(busyFirst, 2*c.busy), busyCap)
	return c.busy
}

// counts returns how many files are settling, and how many have been for so long that they are called growing.
func (s *settler) counts(now time.Time) (settling, growing int) {
	for _, c := range s.files {
		if now.Sub(c.first) >= s.growing {
			growing++
		}
	}
	return len(s.files) - growing, growing
}

// prints are the files that are settling, as they were last seen.
func (s *settler) prints() []state.Fingerprint {
	all := make([]state.Fingerprint, 0, len(s.files))
	for _, c := range s.files {
		all = append(all, c.print)
	}
	return all
}

// isOld reports stamps that have been quiet for long enough that a file found by a scan needs no second look. A stamp in the future never is.
func isOld(p state.Fingerprint, now time.Time, age time.Duration) bool {
	limit := now.Add(-age).UnixNano()
	return p.MTime <= limit && p.CTime <= limit
}
