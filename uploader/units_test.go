package uploader

import (
	"context"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/florasync/florasync/state"
)

func TestBackoffBounds(t *testing.T) {
	for attempt, bound := range map[int]time.Duration{-1: time.Second, 0: time.Second, 1: time.Second, 2: 2 * time.Second, 5: 16 * time.Second,
		9: 256 * time.Second, 10: 5 * time.Minute, 12: 5 * time.Minute, 64: 5 * time.Minute, 1 << 30: 5 * time.Minute} {
		if got := backoff(attempt, 0); got != 0 {
			t.Errorf("attempt %d without jitter: %v", attempt, got)
		}
		if got := backoff(attempt, 0.5); got != bound/2 {
			t.Errorf("attempt %d: got %v, want %v", attempt, got, bound/2)
		}
		if got := backoff(attempt, 0.9999999); got >= bound {
			t.Errorf("attempt %d: %v is over %v", attempt, got, bound)
		}
	}
}

// TestAClockThatWasSet: what this machine's clock says passed, beside what did.
func TestAClockThatWasSet(t *testing.T) {
	for name, c := range map[string]struct {
		wall, passed time.Duration
		want         bool
	}{
		"Slewed":  {24*time.Hour + 43*time.Second, 24 * time.Hour, false},
		"Back":    {-3 * time.Hour, 10 * time.Minute, true},
		"Forward": {3 * time.Hour, 10 * time.Minute, true},
		"Asleep":  {8 * time.Hour, time.Second, true}, // the monotonic clock stands still
	} {
		if got := jumped(c.wall, c.passed); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
	var c serverClock
	if c.known() || c.ahead() != 0 {
		t.Error("nobody has told the time, and it is known")
	}
	if c.note(time.Now().Add(time.Hour), time.Now()); !c.known() || c.ahead().Round(time.Minute) != time.Hour {
		t.Errorf("known %t, ahead %v", c.known(), c.ahead())
	}
	c.note(time.Time{}, time.Now())
	if c.ahead().Round(time.Minute) != time.Hour {
		t.Error("an answer without a Date changed the time")
	}
}

// TestACompletionIsWaitedForByAClockThatWasSet: what the record says of an earlier life may lie ahead, and what this life was told is counted by what passed.
func TestACompletionIsWaitedForByAClockThatWasSet(t *testing.T) {
	now := time.Now()
	missed := func(at time.Time) *row {
		return &row{u: &Uploader{}, it: state.Item{ID: 1, Tries: []state.Try{{At: at, Step: state.KindReverted.String(), Code: "missing"}}}}
	}
	r := missed(now.Add(24 * time.Hour).Round(0))
	for passed, want := range []time.Duration{5 * time.Minute, 4 * time.Minute, 3 * time.Minute, 2 * time.Minute, time.Minute, 0, 0} {
		if got := r.untilCompleted(now.Add(time.Duration(passed) * time.Minute)); got != want {
			t.Errorf("set back by a day, after %d minutes: %v, want %v", passed, got, want)
		}
	}
	r = missed(now.Add(-24 * time.Hour).Round(0))
	if got := r.untilCompleted(now); got != 0 {
		t.Errorf("a day ago: %v", got)
	}
	if r.u.missed.note(1, now.Add(-time.Minute)); r.untilCompleted(now) != 4*time.Minute {
		t.Errorf("set forward by a day a minute after it: %v", r.untilCompleted(now))
	}
}

func TestPollDelay(t *testing.T) {
	for processing, want := range map[time.Duration]time.Duration{-time.Hour: time.Second, 0: time.Second, 4 * time.Second: time.Second,
		40 * time.Second: 10 * time.Second, 20 * time.Minute: 5 * time.Minute, 24 * time.Hour: 5 * time.Minute} {
		if got := pollDelay(processing); got != want {
			t.Errorf("%v: got %v, want %v", processing, got, want)
		}
	}
}

// box is the head of an ISO base media file of a brand (ISO/IEC 14496-12).
func box(brand string) string {
	return "\x00\x00\x00\x18ftyp" + brand + "\x00\x00\x00\x00" + brand + brand
}

func TestSniff(t *testing.T) {
	const (
		gif  = "GIF89a\x01\x00\x01\x00"
		webp = "RIFF\x24\x00\x00\x00WEBPVP8 "
		wav  = "RIFF\x24\x00\x00\x00WAVEfmt "
		webm = "\x1aE\xdf\xa3\x01\x00\x00\x00\x00\x00\x00\x1f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm"
	)
	for _, c := range []struct {
		name, content string
		want          string // "": not taken
	}{
		{"a.jpg", "\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"},
		{"a.png", "\x89PNG\r\n\x1a\n", "image/png"},
		{"a.webp", webp, "image/webp"},
		{"a.gif", gif, "image/gif"},
		{"a.avif", box("avif"), "image/avif"},
		{"a.heic", box("heic"), "image/heic"},
		{"a.heif", box("mif1"), "image/heif"},
		{"a.mp4", box("isom"), "video/mp4"},
		{"a.m4v", box("M4V "), "video/mp4"},
		{"a.mov", box("qt  "), "video/quicktime"},
		{"a.webm", webm, "video/webm"},
		{"a.mp3", "ID3\x04\x00\x00\x00\x00\x00\x00", "audio/mpeg"},
		{"a.wav", wav, "audio/wav"},
		{"a.ogg", "OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00", "audio/ogg"},
		{"a.pdf", "%PDF-1.7\n", "application/pdf"},
		{"wrong.pdf", "\x89PNG\r\n\x1a\n", "image/png"},
		{"none", gif, "image/gif"},
		{"text.jpg", "hello, this is text\n", "image/jpeg"},
		{"unknown.JPG", "\x01\x02\x03\x04\x05\x06\x07\x08", "image/jpeg"},
		{"unknown.mov", strings.Repeat("\x00\x01\x02\xfe", 2000), "video/quicktime"},
		{"nothing.png", "", "image/png"},
		{"text.txt", "hello", ""},
		{"unknown.bin", "\x01\x02\x03\x04", ""},
		{"archive.jpg", "PK\x03\x04\x14\x00\x00\x00\x08\x00", ""},
		{"program.png", "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x3e\x00", ""},
		{"page.gif", "<!DOCTYPE html><html><body>", ""},
		{"picture.svg", `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`, ""},
		{"picture.psd.jpg", "8BPS\x00\x01\x00\x00", ""},
		{"scan.jpg", "II*\x00\x08\x00\x00\x00", ""},
	} {
		kind, ok, err := sniff(strings.NewReader(c.content), c.name)
		if err != nil || ok != (c.want != "") || ok && kind != c.want || kind == "" {
			t.Errorf("%s: got %q, %v, %v; want %q", c.name, kind, ok, err, c.want)
		}
	}
}

func TestSentName(t *testing.T) {
	for given, want := range map[string]string{
		"plain.png":              "plain.png",
		"cafe\u0301.png":         "caf\u00e9.png", // NFC
		"a\x00b\n\x7f.png":       "a_b__.png",
		"a\u202egnp.exe":         "a_gnp.exe",
		"bad\xff\xfe.png":        "bad__.png",
		"\u65e5\u672c\u8a9e.jpg": "\u65e5\u672c\u8a9e.jpg",
	} {
		if got := sentName(given); got != want {
			t.Errorf("%q: got %q, want %q", given, got, want)
		}
	}
	for _, long := range []string{strings.Repeat("a", 300) + ".png", strings.Repeat("\u65e5", 85) + "a.jpeg", strings.Repeat("x", 254) + "\xff", "a." + strings.Repeat("b", 300),
		strings.Repeat("\u00e9", 127) + "\xff.png", strings.Repeat("\ufb2c", 90) + ".png"} {
		got := sentName(long)
		if len(got) > 255 || !utf8.ValidString(got) {
			t.Errorf("%q: %d bytes", got, len(got))
		}
		if strings.HasSuffix(long, ".png") && !strings.HasSuffix(got, ".png") {
			t.Errorf("%q lost its extension", got)
		}
	}
}

func TestSlots(t *testing.T) {
	s := newSlots(4)
	take := func() bool {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if !s.sem.TryAcquire(1) {
			return s.acquire(ctx) == nil
		}
		s.sem.Release(1)
		return s.acquire(t.Context()) == nil
	}
	fill := func() (n int) {
		for take() {
			n++
		}
		for range n {
			s.release()
		}
		return n
	}
	want := func(n int) {
		t.Helper()
		if got := fill(); got != n {
			t.Errorf("%d slots, want %d", got, n)
		}
	}
	want(4)
	before := s.bound()
	s.halve()
	want(2) // idle slots at once
	for range 8 {
		s.grow(before) // they were on their way when it was halved
	}
	want(2)
	s.grow(s.bound())
	want(2)
	s.grow(s.bound())
	want(3) // after as many successes as slots
	s.halve()
	want(1)
	s.halve()
	want(1)
	s.grow(s.bound())
	want(2)
	for range 100 {
		s.grow(s.bound())
	}
	want(4)
	for range 3 {
		take()
	}
	s.halve() // one of three in use has to be kept back
	if take() {
		t.Errorf("a fourth request while two are allowed")
	}
	s.release()
	if take() {
		t.Errorf("a third request while two are allowed")
	}
	s.release()
	s.release()
	want(2)
	s.resize(6)
	want(4) // what FLORA asked for counts besides
	for range 100 {
		s.grow(s.bound())
	}
	want(6)
	s.halve()
	s.resize(2)
	want(1)
	s.resize(1)
	want(1)
	for range 100 {
		s.grow(s.bound())
	}
	want(1)
	s.resize(3)
	for range 3 {
		take()
	}
	s.resize(2)
	s.release()
	if take() {
		t.Errorf("a third request while two are configured")
	}
	s.release()
	s.release()
	want(2)
	one := newSlots(1)
	one.halve()
	if !one.sem.TryAcquire(1) {
		t.Errorf("the last slot is gone")
	}
}

func TestBreaker(t *testing.T) {
	var b breaker
	now := time.Now()
	trip := func() bool { return b.trip(now, state.APIDown, "down", "") }
	if ok, took := b.try(now); !ok || took {
		t.Errorf("a closed breaker: %v %v", ok, took)
	}
	if !trip() || trip() {
		t.Errorf("it opens once")
	}
	for _, delay := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60, 60} {
		if blocked, open := b.blocked(); !open || blocked.Until != now.Add(delay*time.Second) {
			t.Fatalf("got %v, want %v", blocked.Until.Sub(now), delay*time.Second)
		}
		if ok, _ := b.try(now.Add(delay*time.Second - 1)); ok {
			t.Errorf("a try before its time")
		}
		now = now.Add(delay * time.Second)
		if ok, took := b.try(now); !ok || !took {
			t.Errorf("no try when it is due")
		}
		if ok, _ := b.try(now); ok {
			t.Errorf("two tries at once")
		}
		if until, wait := b.next(now); !wait || until != now.Add(tryPoll) {
			t.Errorf("while one tries, others wait until %v", until)
		}
		if trip() {
			t.Errorf("it was open")
		}
	}
	now = now.Add(time.Minute)
	b.try(now)
	b.untried()
	if ok, took := b.try(now); !ok || !took {
		t.Errorf("a try that was given back is lost")
	}
	b.hurry(now)
	if !b.reset() || b.reset() {
		t.Errorf("it closes once")
	}
	key := breaker{first: 30 * time.Second, cap: 10 * time.Minute}
	key.trip(now, state.KeyRefused, "", "")
	for _, delay := range []time.Duration{30, 60, 120, 240, 480, 600, 600} {
		if blocked, _ := key.blocked(); blocked.Until != now.Add(delay*time.Second) {
			t.Errorf("got %v, want %v", blocked.Until.Sub(now), delay*time.Second)
		}
		now = now.Add(delay * time.Second)
		key.postpone(now)
	}
	key.hurry(now)
	if blocked, _ := key.blocked(); blocked.Until != now {
		t.Errorf("not at once")
	}
}
