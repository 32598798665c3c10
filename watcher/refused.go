package watcher

import (
	"maps"
	"path"
	"strings"
	"time"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
)

const (
	extensionsMax = 100             // different words counted per root; the rest is "(other)"
	extensionMax  = 16              // bytes of one; longer is no extension
	burstQuiet    = 5 * time.Second // a burst of names that are not taken is over, and told, when nothing was added for so long
)

// extension is the word a name that is not taken is counted under.
func extension(name string, kind source.Kind) string {
	switch kind {
	case source.Link:
		return "(link)"
	case source.Other:
		return "(special)"
	}
	ext := strings.ToLower(path.Ext(name))
	switch {
	case ext == "" || ext == ".":
		return "(none)"
	case len(ext) > extensionMax:
		return "(other)"
	}
	return state.Path(ext).Text()
}

// refusals counts what is not taken, by extension, and remembers what was not told yet. It is guarded by rootWatch.mu.
type refusals struct {
	byExt map[string]int64
	total int64
	news  map[string]int64
	last  time.Time // when news came
}

// replace puts the count of a directory in the place of an older one.
func (c *refusals) replace(before, after map[string]int64, now time.Time) {
	if maps.Equal(before, after) {
		return
	}
	if c.byExt == nil {
		c.byExt, c.news = map[string]int64{}, map[string]int64{}
	}
	for ext, n := range before {
		c.total -= n
		if c.byExt[ext] -= n; c.byExt[ext] <= 0 {
			delete(c.byExt, ext)
		}
	}
	for ext, n := range after {
		c.total += n
		c.byExt[ext] += n
		if more := n - before[ext]; more > 0 {
			c.news[ext] += more
			c.last = now
		}
	}
}

// word bounds the words that are counted.
func (c *refusals) word(ext string) string {
	if _, ok := c.byExt[ext]; !ok && len(c.byExt) >= extensionsMax {
		return "(other)"
	}
	return ext
}

// tell returns what came since it was last told, when that was a while ago or the scan is over.
func (c *refusals) tell(now time.Time, over bool) map[string]int64 {
	if len(c.news) == 0 || !over && now.Sub(c.last) < burstQuiet {
		return nil
	}
	news := c.news
	c.news = map[string]int64{}
	return news
}

// next is when tell will have something to say.
func (c *refusals) next() time.Time {
	if len(c.news) == 0 {
		return time.Time{}
	}
	return c.last.Add(burstQuiet)
}

func (r *rootWatch) tellRefused(over bool) {
	r.mu.Lock()
	news := r.refusals.tell(time.Now(), over)
	r.mu.Unlock()
	if news == nil {
		return
	}
	var n int64
	for _, m := range news {
		n += m
	}
	r.notice(state.Notice{Event: state.FileNotTaken, N: n, Counts: news})
}
