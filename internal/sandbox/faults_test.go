package sandbox

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestFaultGrammar(t *testing.T) {
	for _, good := range []string{
		"", " ", "lost=0.1", "lost=0.1, expire=3s,process=0s", "complete.lost=1,post.cut=0.5", "503=0.2,create.401=1",
		"rate=60/1m,retry_after=none", "retry_after=2s,seed=7,latency=10ms",
	} {
		if _, err := parseFaults(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{
		"lost", "lost=", "lost=2", "lost=-1", "lost=NaN", "lsot=1", "200=1", "600=1", "nothing.lost=1", "latency=3",
		"latency=-1s", "rate=60", "rate=x/1m", "rate=1/x", "seed=x", "expire=soon",
	} {
		if _, err := parseFaults(bad); err == nil {
			t.Errorf("%q was taken", bad)
		} else if !strings.Contains(err.Error(), strings.Split(bad, "=")[0]) {
			t.Errorf("%q: the error does not name it: %v", bad, err)
		}
	}
	t.Run("ARefusedTextChangesNothing", func(t *testing.T) {
		c := start(t, Options{Faults: "lost=0"})
		if err := c.s.SetFaults("drop=1,bad=1"); err == nil {
			t.Error("taken")
		}
		if got := c.s.Faults(); got != "lost=0" {
			t.Errorf("got %q", got)
		}
	})
}

// TestFaults plays every fault at the operation it fits, and looks at what took effect.
func TestFaults(t *testing.T) {
	const broken = -1
	const gateway = -2
	for _, test := range []struct {
		fault  string
		answer int
		assets int
	}{
		{"lost=1", broken, 1},
		{"drop=1", broken, 0},
		{"error=1", 500, 0},
		{"error_after=1", 500, 1},
		{"5xx=1", gateway, 0},
		{"402=1", 402, 0},
		{"create.404=1", 404, 0},
		{"complete.404=1", 201, 1},
		{"storage_5xx=1", 201, 1},
	} {
		t.Run(test.fault, func(t *testing.T) {
			c := start(t, Options{Faults: test.fault})
			r, err := c.send("POST", "/assets", reservation)
			switch {
			case test.answer == broken && err == nil, test.answer != broken && err != nil:
				t.Errorf("got %+v, %v", r, err)
			case test.answer == gateway && (r.status < 502 || r.status > 504 || strings.HasPrefix(r.raw, "{")):
				t.Errorf("got %+v", r)
			case test.answer > 0 && r.status != test.answer:
				t.Errorf("got %+v", r)
			}
			if n := len(c.s.Assets()); n != test.assets {
				t.Errorf("got %d assets, want %d", n, test.assets)
			}
		})
	}
	for _, test := range []struct {
		fault  string
		answer int
		posts  int
	}{
		{"cut=1", broken, 0},
		{"storage_lost=1", broken, 1},
		{"storage_drop=1", broken, 0},
		{"storage_5xx=1", gateway, 0},
		{"storage_after=1", gateway, 1},
	} {
		t.Run(test.fault, func(t *testing.T) {
			c := start(t, Options{Faults: test.fault})
			u := c.reserve("a.png").upload(t)
			r, err := c.post(u, strings.Repeat("x", 1<<16))
			switch {
			case test.answer == broken && err == nil, test.answer != broken && err != nil:
				t.Errorf("got %+v, %v", r, err)
			case test.answer == gateway && (r.status < 502 || r.status > 504 || !strings.Contains(r.raw, "<Error>")):
				t.Errorf("got %+v", r)
			}
			a := c.s.Assets()[0]
			if len(a.Posts) != test.posts || a.Begun != 1 {
				t.Errorf("got %+v, want %d posts", a, test.posts)
			}
			if test.posts == 0 { // the client cannot know: no violation
				c.must(400, "POST", "/assets/"+a.ID+"/complete", "{}")
			}
			c.wantRules()
		})
	}
}

func TestHangEndsWithTheClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, Options{Faults: "create.hang=1,post.storage_hang=1,latency=3s"})
		c.http.Timeout = time.Minute
		began := time.Now()
		if r, err := c.send("POST", "/assets", reservation); err == nil || time.Since(began) != time.Minute {
			t.Errorf("got %+v, %v after %v", r, err, time.Since(began))
		}
		if n := len(c.s.Assets()); n != 0 {
			t.Errorf("got %d assets", n)
		}
	})
	for _, size := range []int{1, 1 << 20} {
		synctest.Test(t, func(t *testing.T) {
			c := start(t, Options{Faults: "storage_hang=1"})
			u := c.reserve("a.png").upload(t)
			c.http.Timeout = time.Minute
			if r, err := c.post(u, strings.Repeat("x", size)); err == nil {
				t.Errorf("got %+v", r)
			}
			if a := c.s.Assets()[0]; len(a.Posts) != 0 || a.Begun != 1 {
				t.Errorf("got %+v", a)
			}
		})
	}
}

func TestLatencyAndLifetimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, Options{Faults: "latency=4s,expire=3s,process=1h"})
		began := time.Now()
		r := c.reserve("a.png")
		if took := time.Since(began); took != 4*time.Second {
			t.Errorf("took %v", took)
		}
		expires, err := time.Parse(time.RFC3339, r.str("expires_at"))
		if err != nil || time.Until(expires) > 3*time.Second {
			t.Errorf("got %v %v", expires, err)
		}
		c.mustPost(204, r.upload(t), "x")
		done := c.must(200, "POST", "/assets/"+r.str("asset_id")+"/complete", "{}")
		if done.str("status") != Pending {
			t.Errorf("got %s", done.raw)
		}
	})
}

func TestDrawsDoNotDependOnOrder(t *testing.T) {
	f, err := parseFaults("lost=0.3,drop=0.3,seed=5")
	if err != nil {
		t.Fatal(err)
	}
	f.seed = max(f.seed, 1)
	first, hits := map[string]string{}, 0
	for round := range 2 {
		for i := range 400 {
			if round == 1 {
				i = 399 - i
			}
			got := fmt.Sprint(f.draw(OpCreate, "ws_a\x00\x00"+strconv.Itoa(i), 1))
			if round == 0 {
				first[strconv.Itoa(i)] = got
				if got != fmt.Sprint(Fault{}) {
					hits++
				}
			} else if first[strconv.Itoa(i)] != got {
				t.Fatalf("%d: got %s, then %s", i, first[strconv.Itoa(i)], got)
			}
		}
	}
	if hits < 160 || hits > 250 { // 400 · (1 − 0.7²) = 204
		t.Errorf("%d of 400 drew a fault", hits)
	}
}

func TestFaultHookSeesTheCall(t *testing.T) {
	var calls []Call
	var then int
	c := start(t, Options{Fault: func(call Call) Fault {
		calls = append(calls, call)
		if call.Op == OpComplete && call.Attempt == 1 {
			return Fault{After: 502, Gateway: true, Then: func() { then++ }}
		}
		return Fault{}
	}})
	r := c.reserve("a.png")
	c.mustPost(204, r.upload(t), "x")
	path := "/assets/" + r.str("asset_id") + "/complete"
	c.must(502, "POST", path, "{}", "Idempotency-Key", "k1")
	c.must(409, "POST", path, "{}", "Idempotency-Key", "k2")
	if then != 1 {
		t.Errorf("Then ran %d times", then)
	}
	var got []string
	for _, call := range calls {
		got = append(got, fmt.Sprintf("%d %s %s/%s %d %s", call.N, call.Op, call.Folder, call.Name, call.Attempt, call.Key))
	}
	want := "1 create in/a.png 1 ;2 post in/a.png 1 ;3 complete in/a.png 1 k1;4 complete in/a.png 2 k2"
	if strings.Join(got, ";") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, ";"), want)
	}
	if calls[0].Asset != "" || calls[1].Asset == "" || calls[1].Size < 1 || calls[2].Workspace != "ws_a" {
		t.Errorf("got %+v", calls)
	}
}

func TestFaultsOverHTTP(t *testing.T) {
	c := start(t, Options{})
	put := func(text string) reply {
		t.Helper()
		req, err := http.NewRequest("PUT", "http://flora.localhost/sandbox/faults", strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		r, err := c.do(req)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := put("create.503=1"); r.status != 200 || r.raw != "create.503=1\n" {
		t.Errorf("got %+v", r)
	}
	c.must(503, "POST", "/assets", reservation)
	if r := put("create.503=9"); r.status != 400 || !strings.Contains(r.raw, "create.503=9") {
		t.Errorf("got %+v", r)
	}
	if r := c.get("http://flora.localhost/sandbox/faults"); r.raw != "create.503=1\n" {
		t.Errorf("got %+v", r)
	}
	put("")
	c.must(201, "POST", "/assets", reservation)
}
