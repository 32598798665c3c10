package sandbox

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const reservation = `{"source":"signed-url","workspace_id":"ws_a","file_name":"a.png"}`

func TestIdempotencyDuplicate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, Options{})
		c.must(201, "POST", "/assets", reservation, "Idempotency-Key", "k")
		if r := c.must(409, "POST", "/assets", reservation, "Idempotency-Key", "k"); r.code() != "idempotency_duplicate" {
			t.Errorf("got %s", r.raw)
		}
		c.must(201, "POST", "/assets", `{"source":"signed-url","workspace_id":"ws_b"}`, "Idempotency-Key", "k") // another workspace
		c.wantRules()
		time.Sleep(IdempotencyWindow - time.Second)
		c.must(409, "POST", "/assets", reservation, "Idempotency-Key", "k")
		time.Sleep(time.Second)
		c.must(201, "POST", "/assets", reservation, "Idempotency-Key", "k")
		if n := len(c.s.Assets()); n != 3 {
			t.Errorf("got %d assets, want 3: a key alone is no de-duplication", n)
		}
	})
}

func TestIdempotencyScopeIsTheDestination(t *testing.T) {
	c := start(t, Options{})
	a, b := c.ready("a.png", "x"), c.ready("b.png", "y")
	for _, path := range []string{
		"/projects/prj_p/assets/" + a + "/attach", "/projects/prj_p/assets/" + b + "/attach",
		"/projects/prj_q/assets/" + a + "/attach",
	} {
		c.must(200, "POST", path, "{}", "Idempotency-Key", "k")
		c.must(409, "POST", path, "{}", "Idempotency-Key", "k")
	}
	c.wantRules()
}

func TestIdempotencyKeyOfAFailedRequestIsFree(t *testing.T) {
	c := start(t, Options{})
	r := c.reserve("a.png")
	path := "/assets/" + r.str("asset_id") + "/complete"
	c.mustPost(204, r.upload(t), "x")
	if err := c.s.SetFaults("complete.503=1"); err != nil {
		t.Fatal(err)
	}
	c.must(503, "POST", path, "{}", "Idempotency-Key", "k")
	if err := c.s.SetFaults(""); err != nil {
		t.Fatal(err)
	}
	c.must(200, "POST", path, "{}", "Idempotency-Key", "k")

	early := "/assets/" + c.reserve("b.png").str("asset_id") + "/complete"
	c.must(400, "POST", early, "{}", "Idempotency-Key", "k")
	c.must(400, "POST", early, "{}", "Idempotency-Key", "k")
}

func TestIdempotencyKeySurvivesALostAnswer(t *testing.T) {
	for _, fault := range []string{"lost=1", "error_after=1"} {
		c := start(t, Options{Faults: "create." + fault})
		r, err := c.send("POST", "/assets", reservation, "Idempotency-Key", "k")
		if fault == "lost=1" && err == nil || fault != "lost=1" && (err != nil || r.status != 500) {
			t.Fatalf("%s: %v %+v", fault, err, r)
		}
		if r := c.must(409, "POST", "/assets", reservation, "Idempotency-Key", "k"); r.code() != "idempotency_duplicate" {
			t.Errorf("%s: got %s", fault, r.raw)
		}
		if n := len(c.s.Assets()); n != 1 {
			t.Errorf("%s: got %d assets", fault, n)
		}
	}
}

func TestIdempotencyKeyReusedForAnotherBody(t *testing.T) {
	other := `{"source":"signed-url","workspace_id":"ws_a","file_name":"b.png"}`
	t.Run("Default", func(t *testing.T) {
		c := start(t, Options{})
		c.must(201, "POST", "/assets", reservation, "Idempotency-Key", "k")
		c.must(409, "POST", "/assets", other, "Idempotency-Key", "k")
		c.wantRules(KeyReused)
	})
	t.Run("Replay", func(t *testing.T) {
		c := start(t, Options{Replay: true})
		c.must(201, "POST", "/assets", reservation, "Idempotency-Key", "k")
		if r := c.must(422, "POST", "/assets", other, "Idempotency-Key", "k"); r.code() != "idempotency_conflict" {
			t.Errorf("got %s", r.raw)
		}
		c.wantRules(KeyReused)
	})
}

func TestIdempotencyReplay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, Options{Replay: true})
		first := c.must(201, "POST", "/assets", reservation, "Idempotency-Key", "k")
		time.Sleep(3 * time.Hour)
		again := c.must(201, "POST", "/assets", reservation, "Idempotency-Key", "k")
		if strings.TrimSpace(again.raw) != strings.TrimSpace(first.raw) {
			t.Errorf("got %s, want %s", again.raw, first.raw)
		}
		c.mustPost(400, again.upload(t), "x") // the form in it is long expired, but was only just received
		c.wantRules()
		time.Sleep(21 * time.Hour)
		c.must(201, "POST", "/assets", reservation, "Idempotency-Key", "k")
		if n := len(c.s.Assets()); n != 2 {
			t.Errorf("got %d assets, want 2", n)
		}
	})
}

func TestIdempotencyKeyUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		c := start(t, Options{Fault: func(call Call) Fault {
			if call.N > 1 {
				return Fault{}
			}
			return Fault{Then: func() { <-gate }}
		}})
		answered := make(chan reply)
		go func() { r, _ := c.send("POST", "/assets", reservation, "Idempotency-Key", "k"); answered <- r }()
		synctest.Wait()
		c.must(409, "POST", "/assets", reservation, "Idempotency-Key", "k")
		close(gate)
		if r := <-answered; r.status != 201 {
			t.Errorf("got %+v", r)
		}
	})
}
