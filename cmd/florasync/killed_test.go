package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

var killFor = flag.Duration("kill.for", 0, "how long TestKilledInTheMiddle plays storms, two at a time; 0: two short ones")

// TestKilledInTheMiddle is promise 1 to 4 from outside: writers do with files whatever writers do while the program is killed again and again, 15 % of the
// API's calls and 20 % of the uploads fail in every way the sandbox knows, forms live three seconds, and processing takes longer than a restart. In the
// end, by digest: what stands is ready once, nothing else is, nothing vanished, and the accounting adds up.
func TestKilledInTheMiddle(t *testing.T) {
	t.Parallel()
	first, end := seed(t), time.Now().Add(*killFor)
	if *killFor > 0 {
		fmt.Printf("%s from -florasync.seed=%d on, until %s\n", t.Name(), first, end.Format(time.TimeOnly))
	}
	for i := uint64(0); i == 0 || time.Now().Before(end); i += 2 {
		t.Run("", func(t *testing.T) { // two at a time: what they wait for is mostly time
			for n := i; n < i+2; n++ {
				kind := stormKinds[(2*first+n)%uint64(len(stormKinds))]
				t.Run(fmt.Sprintf("%s-%s-seed=%d", kind.storage, kind.after, first+n), func(t *testing.T) {
					t.Parallel()
					newStorm(t, kind, first+n).play()
				})
			}
		})
		if *killFor > 0 {
			fmt.Printf("%s: %d storms played\n", t.Name(), i+2)
		}
		if t.Failed() {
			return
		}
	}
}

// stormKinds are played two by two: of the first two or the last two, by the seed, when there is time for two only.
var stormKinds = []struct{ storage, after string }{{"gcs", "keep"}, {"imagekit", "move"}, {"imagekit", "keep"}, {"gcs", "delete"}}

// apiFaults are 15 % of the API's calls, uploadFaults 20 % of the uploads. Answers that are about the request or the key (400, 403, 404) are left away: they
// rightly fail a row; and a 409 that is not true is left away where it says that the work was done.
const (
	apiFaults    = "lost=0.05,drop=0.025,error=0.02,error_after=0.02,5xx=0.03,429=0.005,401=0.005,hang=0.01,create.409=0.03,retry.409=0.03"
	uploadFaults = "cut=0.065,storage_lost=0.055,storage_drop=0.035,storage_5xx=0.035,storage_after=0.03,storage_hang=0.005"
)

// storm is one world of the kill loop.
type storm struct {
	*machine
	r       *rand.Rand
	seed    uint64
	after   string
	project bool
	inbox   string
	done    string
	box     *standIn
	tree    tree
	lives   []*process
	killed  int      // of them by SIGKILL, before they ended
	words   []string // by which the lines of what failed are found
}

func newStorm(t *testing.T, kind struct{ storage, after string }, seed uint64) *storm {
	s := &storm{machine: newMachine(t), r: rand.New(rand.NewPCG(seed, 1)), seed: seed, after: kind.after, tree: newTree()}
	s.keepWhenFailed = true
	s.done = s.mkdir("done")
	s.box = s.sandbox("--storage", kind.storage)
	lines := []string{"    after: " + s.after}
	if s.after == "move" {
		lines = append(lines, "    move_to: "+s.done)
	}
	if s.project = s.r.IntN(2) == 0; s.project {
		lines = append(lines, "    project: prj_test")
	}
	s.inbox = s.config(append(lines, "api: {timeout: 2s}", "upload: {drain: 2s}", "log: {level: debug, format: json}")...)
	s.born(s.inbox)
	s.tree.versions[digest(firstPicture)], s.tree.placed[digest(firstPicture)] = "the first", 1
	s.tree.stands["first.png"] = &file{sum: digest(firstPicture)}
	return s
}

// length is how long the writers write and the program is killed.
func (s *storm) length() time.Duration {
	if *killFor == 0 {
		return 10 * time.Second
	}
	return 10*time.Second + time.Duration(s.r.IntN(40))*time.Second
}

func (s *storm) play() {
	s.box.faults(fmt.Sprintf("%s,%s,fail=0.01,expire=3s,latency=10ms,process=2500ms,seed=%d", apiFaults, uploadFaults, s.seed))
	stop, stopped := make(chan struct{}), make(chan *writer, 3)
	for i := range cap(stopped) {
		w := newWriter(s.t, fmt.Sprintf("w%d", i), s.inbox, s.mkdir("elsewhere"), s.seed)
		w.keeps = s.after == "keep"
		go func() {
			defer func() { stopped <- w }()
			w.work(stop)
		}()
	}
	for end := time.Now().Add(s.length()); (time.Now().Before(end) || s.killed == 0) && !s.t.Failed(); { // without a life that was killed it would test nothing
		s.live()
	}
	close(stop)
	for range cap(stopped) {
		s.tree.merge((<-stopped).tree)
	}
	s.box.faults("latency=1ms")
	s.calm()
	s.promises()
	if s.t.Failed() {
		s.tell()
	}
}

// live is one life, which ends by a signal at any moment: before it has begun, in the middle, and now and then after long.
func (s *storm) live() {
	s.t.Helper()
	p := s.start("run")
	s.lives = append(s.lives, p)
	long := 300 + s.r.IntN(1500)
	switch s.r.IntN(6) {
	case 0:
		long = s.r.IntN(400)
	case 1:
		long = 2000 + s.r.IntN(4000)
	}
	timer := time.NewTimer(time.Duration(long) * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.done:
	}
	if s.r.IntN(3) > 0 {
		p.signal(syscall.SIGKILL)
	} else {
		p.signal(syscall.SIGTERM)
	}
	switch code := p.exit(); code {
	case 137:
		s.killed++
	case 0, 143:
	default:
		s.t.Errorf("a life ended with %d:\n%s", code, p.err.String())
	}
}

// TestFaultsOfTheKillLoop: of all API calls 15 % go wrong, of all uploads 20 %. The first fault that is drawn is the one, so that the shares do not add up.
func TestFaultsOfTheKillLoop(t *testing.T) {
	for spec, least := range map[string]float64{apiFaults: 0.15, uploadFaults: 0.20} {
		well := 1.0
		for part := range strings.SplitSeq(spec, ",") {
			name, share, _ := strings.Cut(part, "=")
			p, err := strconv.ParseFloat(share, 64)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(name, ".") { // of one operation only
				well *= 1 - p
			}
		}
		if 1-well < least {
			t.Errorf("%.1f %% go wrong, want %.0f %%: %s", 100*(1-well), 100*least, spec)
		}
	}
}

// calm lets the program come to rest, and sees that it then rests: another run does nothing.
func (s *storm) calm() {
	s.t.Helper()
	for range 20 { // a row may have failed so often that it is due in minutes; and a file that vanished is gone when a second scan, later, says so, too
		p := s.start("run", "--once", "--timeout", "150s")
		s.lives = append(s.lives, p)
		select {
		case <-p.done:
		case <-time.After(160 * time.Second): // beyond what an exit may take
		}
		code := p.exit()
		switch {
		case code != 0 && code != 7:
			s.t.Errorf("run --once: exit code %d", code)
			return
		case code == 7 || s.totals().Waiting > 0:
			continue
		}
		before := s.once()
		again := s.start("run", "--once", "--timeout", "60s")
		s.lives = append(s.lives, again)
		if code := again.exit(); code != 0 {
			s.t.Errorf("another run --once: exit code %d", code)
		}
		if after := s.once(); after != before {
			s.t.Errorf("another run --once made %d assets", after-before)
		}
		return
	}
	s.t.Errorf("run --once: time ran out again and again; still waiting: %s", s.run("list", "--json", "--state", "waiting").out)
}

// once counts the ready assets of files with one name.
func (s *storm) once() (n int) {
	for _, a := range s.box.ready() {
		if !s.tree.linked[a.SHA256] {
			n++
		}
	}
	return n
}

// tell prints the lines of all lives that concern what failed, as far as the record knows it; everything else stays in the home.
func (s *storm) tell() {
	var all strings.Builder
	for i, p := range s.lives {
		fmt.Fprintf(&all, "life %d: florasync %s: exit code %d\n%s", i, strings.Join(p.args, " "), p.code, p.err.String())
	}
	s.write("lives.log", all.String())
	s.write("list.json", s.run("list", "--json", "--all").out)
	assets, _ := json.MarshalIndent(s.box.assets(), "", " ") // of plain fields
	s.write("assets.json", string(assets))
	s.t.Logf("seed %d, after %s, project %v: %s holds the state, lives.log, list.json and assets.json", s.seed, s.after, s.project, s.home)
	shown := 0
	for _, word := range s.concerned() {
		for line := range strings.Lines(all.String()) {
			if strings.Contains(line, word) && shown < 200 {
				shown++
				s.t.Logf("%s: %s", word, strings.TrimSpace(line))
			}
		}
	}
}

// born uploads a first file and lets its second pass. Assets are dated by the second, so that one of the record's first second may be an earlier record's: a
// lost answer is waited for then, for minutes, and that is not what these tests are about.
func (m *machine) born(inbox string) {
	m.t.Helper()
	put(m.t, filepath.Join(inbox, "first.png"), firstPicture)
	m.run("run", "--once").must(0)
	first := time.Now().Unix()
	until(m.t, "the second passes", func() error {
		if time.Now().Unix() == first {
			return errors.New("not yet")
		}
		return nil
	})
}

var firstPicture = pictureBytes(0, 1000)

// keep says that a failed test's home is to be looked at.
func (m *machine) keep() bool { return m.keepWhenFailed && m.t.Failed() && os.Getenv("CI") == "" }
