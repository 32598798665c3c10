package sandbox

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func TestRateLimit(t *testing.T) {
	const list = "/assets?workspace_id=ws_a"
	t.Run("PerWorkspaceAndWindow", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := start(t, Options{RateN: 2, RateWindow: 10 * time.Second})
			c.must(200, "GET", list, "")
			c.must(200, "GET", list, "")
			time.Sleep(2500 * time.Millisecond)
			r := c.must(429, "GET", list, "")
			if r.code() != "rate_limited" || r.header.Get("Retry-After") != "8" {
				t.Errorf("got %s %v", r.raw, r.header)
			}
			c.must(200, "GET", "/assets?workspace_id=ws_b", "")
			c.must(404, "GET", "/assets/asset_none", "") // a probe names no workspace
			time.Sleep(8 * time.Second)
			c.must(200, "GET", list, "")
			c.wantRules()
		})
	})
	t.Run("ByFaults", func(t *testing.T) {
		c := start(t, Options{Faults: "rate=0/1m,retry_after=none"})
		// A limit of none is no limit; a share of one is a limit of all.
		c.must(200, "GET", list, "")
		if err := c.s.SetFaults("429=1,retry_after=7s"); err != nil {
			t.Fatal(err)
		}
		if r := c.must(429, "GET", list, ""); r.header.Get("Retry-After") != "7" {
			t.Errorf("got %v", r.header)
		}
	})
	t.Run("HeaderAbsent", func(t *testing.T) {
		c := start(t, Options{NoRetryAfter: true, Faults: "429=1"})
		r := c.must(429, "GET", list, "")
		if _, has := r.header["Retry-After"]; has {
			t.Errorf("got %v", r.header)
		}
		c.must(429, "GET", list, "")
		c.wantRules()
	})
	t.Run("HTTPDate", func(t *testing.T) {
		c := start(t, Options{RetryAfterDate: true, Faults: "429=1,retry_after=30s"})
		r := c.must(429, "GET", list, "")
		at, err := http.ParseTime(r.header.Get("Retry-After"))
		if left := time.Until(at); err != nil || left < 28*time.Second || left > 30*time.Second {
			t.Errorf("got %v: %v %v", r.header, left, err)
		}
	})
}

func TestRequestInsideARetryAfterWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refuse := true
		c := start(t, Options{Fault: func(call Call) Fault {
			if refuse && call.Op == OpList {
				return Fault{Status: 429, RetryAfter: 5 * time.Second}
			}
			return Fault{}
		}})
		const list = "/assets?workspace_id=ws_a"
		c.must(429, "GET", list, "")
		c.must(429, "GET", list, "") // was on its way
		c.wantRules()
		refuse = false
		time.Sleep(5*time.Second - time.Millisecond)
		c.must(200, "GET", "/assets?workspace_id=ws_b", "")
		c.wantRules()
		c.must(200, "GET", list, "")
		c.wantRules(Throttled)
		time.Sleep(time.Millisecond)
		c.must(200, "GET", list, "")
		c.wantRules(Throttled)
	})
}
