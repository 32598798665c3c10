package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestKilledInTheMiddle is promise 1 to 3 from outside: files arrive in every way while the program is killed again and again and FLORA loses answers,
// and in the end each of them is one ready asset with its bytes.
func TestKilledInTheMiddle(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		storage string
		files   int
	}{{"gcs", 200}, {"imagekit", 60}} {
		t.Run(c.storage, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			n := seed(t)
			random := rand.New(rand.NewPCG(n, 1))
			box := m.sandbox("--storage", c.storage)
			inbox := m.config("    project: prj_test", "upload: {drain: 2s}", "log: {level: debug}")
			m.born(inbox)
			box.faults(fmt.Sprintf("lost=0.1,error=0.05,storage_lost=0.1,cut=0.1,storage_5xx=0.05,expire=3s,latency=10ms,process=50ms,seed=%d", n+1))
			contents := make([][]byte, c.files)
			for i := range contents {
				contents[i] = pictureBytes(n<<12+uint64(i), 200+random.IntN(60_000))
			}
			fed := make(chan error, 1)
			go func() { fed <- feed(inbox, m.mkdir("elsewhere"), contents) }()
			feeding := true
			for life := 0; feeding || life < 6; life++ {
				p := m.start("run")
				before := len(box.ready())
				want := before + random.IntN(c.files/6+1)
				pace := time.NewTicker(20 * time.Millisecond)
				for range 50 { // a life that gets nowhere is a life too
					if len(box.ready()) >= want {
						break
					}
					<-pace.C
				}
				pace.Stop()
				if random.IntN(3) > 0 {
					p.signal(syscall.SIGKILL)
				} else {
					p.signal(syscall.SIGTERM)
				}
				if code := p.exit(); code != 137 && code != 0 && code != 143 {
					t.Fatalf("life %d ended with %d:\n%s", life, code, p.err.String())
				}
				select {
				case err := <-fed:
					if feeding = false; err != nil {
						t.Fatal(err)
					}
				default:
				}
			}
			box.faults("latency=1ms")
			if r := m.run("run", "--once", "--timeout", "40s"); r.code != 0 {
				t.Fatalf("run --once: exit code %d\nstill waiting: %s\n%s", r.code, m.run("list", "--json", "--state", "waiting").out, r.err)
			}
			contents = append(contents, firstPicture)
			box.onceEach(contents...)
			box.unbroken()
			for _, a := range box.ready() {
				if len(a.Projects) != 1 {
					t.Errorf("%s is in the projects %v, want one", a.Name, a.Projects)
				}
			}
			m.run("state", "check").must(0, "sound")
			if got := m.totals(); got.Seen != int64(len(contents)) || got.Ready != got.Seen {
				t.Errorf("totals: %+v, want %d seen and ready", got, len(contents))
			}
			items := m.items()
			if len(items) != len(contents) {
				t.Errorf("list: %d items, want %d", len(items), len(contents))
			}
			byContent := map[any]string{}
			for _, it := range items {
				byContent[it["sha256"]], _ = it["asset_id"].(string)
			}
			for _, a := range box.ready() {
				if byContent[a.SHA256] != a.ID {
					t.Errorf("list says %q for the content of %s", byContent[a.SHA256], a.ID)
				}
			}
		})
	}
}

// feed brings files into a folder in four ways.
func feed(inbox, elsewhere string, contents [][]byte) error {
	pace := time.NewTicker(15 * time.Millisecond) // a camera, not a torrent: the lives must have something to be killed in
	defer pace.Stop()
	for i, c := range contents {
		<-pace.C
		name := fmt.Sprintf("p%03d.png", i)
		var err error
		switch i % 4 {
		case 0:
			err = os.WriteFile(filepath.Join(inbox, name), c, 0o644)
		case 1:
			there := filepath.Join(elsewhere, name)
			if err = os.WriteFile(there, c, 0o644); err == nil {
				err = os.Rename(there, filepath.Join(inbox, name))
			}
		case 2:
			dir := filepath.Join(inbox, fmt.Sprintf("day %d", i%7), "raw")
			if err = os.MkdirAll(dir, 0o755); err == nil {
				err = os.WriteFile(filepath.Join(dir, name), c, 0o644)
			}
		default:
			err = drip(filepath.Join(inbox, name), c, pace)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// drip writes a file bit by bit.
func drip(path string, content []byte, pace *time.Ticker) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	for len(content) > 0 {
		n := min(len(content), 20_000)
		if _, err := f.Write(content[:n]); err != nil {
			f.Close()
			return err
		}
		content = content[n:]
		<-pace.C
	}
	return f.Close()
}

var firstPicture = pictureBytes(0, 1000)

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
