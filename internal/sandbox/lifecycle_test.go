package sandbox

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestComplete(t *testing.T) {
	t.Run("BodyRules", func(t *testing.T) {
		c := start(t, Options{})
		path := func(name string) string {
			r := c.reserve(name)
			c.mustPost(204, r.upload(t), "x")
			return "/assets/" + r.str("asset_id") + "/complete"
		}
		p := path("a.png")
		if r := c.must(400, "POST", p, "", "Content-Type", "application/json"); r.code() != "invalid_json" {
			t.Errorf("empty body with a JSON type: %s", r.raw)
		}
		c.must(200, "POST", p, "") // as the guide's curl sends it
		c.must(200, "POST", path("b.png"), "{}")
	})
	t.Run("TwiceIsAConflict", func(t *testing.T) {
		c := start(t, Options{})
		id := c.ready("a.png", "x")
		if r := c.must(409, "POST", "/assets/"+id+"/complete", "{}"); r.code() != "conflict" {
			t.Errorf("got %s", r.raw)
		}
	})
	t.Run("UnknownIsNotFound", func(t *testing.T) {
		c := start(t, Options{})
		for _, r := range []reply{
			c.must(404, "POST", "/assets/asset_none/complete", "{}"),
			c.must(404, "POST", "/assets/asset_none/retry", "{}"),
			c.must(404, "GET", "/assets/asset_none", ""),
			c.must(404, "POST", "/projects/prj_p/assets/asset_none/attach", "{}"),
		} {
			if r.code() != "not_found" {
				t.Errorf("got %s", r.raw)
			}
		}
		c.wantRules()
	})
}

func TestCompleteBeforeBytes(t *testing.T) {
	for _, test := range []struct {
		name   string
		opts   Options
		answer int
		status string
	}{
		{"Refused", Options{}, 400, Pending},
		{"RefusedAsConflict", Options{EmptyStatus: 409}, 409, Pending},
		{"RefusedAs422", Options{EmptyStatus: 422}, 422, Pending},
		{"Fails", Options{Empty: EmptyFails}, 200, Failed},
		{"ReadyAndEmpty", Options{Empty: EmptyReady}, 200, Ready},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := start(t, test.opts)
			id := c.reserve("a.png").str("asset_id")
			c.must(test.answer, "POST", "/assets/"+id+"/complete", "{}")
			got := c.must(200, "GET", "/assets/"+id, "")
			if got.str("status") != test.status {
				t.Errorf("got %s", got.raw)
			}
			if (got.str("failure_message") != "") != (test.status == Failed) {
				t.Errorf("failure_message: %s", got.raw)
			}
			c.wantRules(CompleteUnsent)
		})
	}
}

func TestProcessingTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, Options{Process: time.Minute})
		r := c.reserve("a.png")
		c.mustPost(204, r.upload(t), "x")
		path := "/assets/" + r.str("asset_id")
		if got := c.must(200, "POST", path+"/complete", "{}"); got.str("status") != Pending {
			t.Errorf("complete: %s", got.raw)
		}
		if got := c.must(409, "POST", path+"/complete", "{}"); got.code() != "conflict" {
			t.Errorf("complete while processing: %s", got.raw)
		}
		c.must(409, "POST", path+"/retry", "{}")
		time.Sleep(59 * time.Second)
		if got := c.must(200, "GET", path, ""); got.str("status") != Pending || got.body["size_bytes"] != nil {
			t.Errorf("too early: %s", got.raw)
		}
		time.Sleep(time.Second)
		if got := c.must(200, "GET", path, ""); got.str("status") != Ready {
			t.Errorf("too late: %s", got.raw)
		}
	})
}

func TestFailedAssetIsRetried(t *testing.T) {
	c := start(t, Options{Faults: "fail=1"})
	id := c.ready("a.png", "x")
	got := c.must(200, "GET", "/assets/"+id, "")
	if got.str("status") != Failed || got.str("failure_message") == "" {
		t.Fatalf("got %s", got.raw)
	}
	if err := c.s.SetFaults(""); err != nil {
		t.Fatal(err)
	}
	again := c.must(200, "POST", "/assets/"+id+"/retry", "{}")
	if again.str("asset_id") != id || again.str("status") != Pending {
		t.Errorf("got %s", again.raw)
	}
	c.must(400, "POST", "/assets/"+id+"/complete", "{}") // the failed bytes are gone
	c.mustPost(204, again.upload(t), "y")
	if done := c.must(200, "POST", "/assets/"+id+"/complete", "{}"); done.str("status") != Ready {
		t.Errorf("got %s", done.raw)
	}
	c.wantRules()
}

func TestRetry(t *testing.T) {
	t.Run("FreshFormSameAsset", func(t *testing.T) {
		c := start(t, Options{})
		first := c.reserve("a.png")
		again := c.must(200, "POST", "/assets/"+first.str("asset_id")+"/retry", "{}")
		a, b := first.upload(t).fields, again.upload(t).fields
		if again.str("asset_id") != first.str("asset_id") || a["x-goog-signature"] == b["x-goog-signature"] {
			t.Errorf("got %s after %s", again.raw, first.raw)
		}
	})
	t.Run("OfAReadyAssetIsAConflict", func(t *testing.T) {
		for _, status := range []int{409, 422} {
			c := start(t, Options{RetryStatus: status})
			c.must(status, "POST", "/assets/"+c.ready("a.png", "x")+"/retry", "{}")
		}
	})
	t.Run("OnlyWhenExpired", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := start(t, Options{Retry: RetryExpired, Form: time.Minute})
			path := "/assets/" + c.reserve("a.png").str("asset_id") + "/retry"
			c.must(409, "POST", path, "{}")
			time.Sleep(time.Minute)
			c.must(200, "POST", path, "{}")
		})
	})
	t.Run("OnlyWhenSpent", func(t *testing.T) {
		c := start(t, Options{Retry: RetryExpired, Storage: ImageKit, Faults: "storage_5xx=1"})
		r := c.reserve("a.png")
		path := "/assets/" + r.str("asset_id") + "/retry"
		c.must(409, "POST", path, "{}")
		if got, err := c.post(r.upload(t), "x"); err != nil || got.status < 500 {
			t.Fatalf("post: %v %+v", err, got)
		}
		c.must(200, "POST", path, "{}")
	})
}

func TestRetrieve(t *testing.T) {
	c := start(t, Options{})
	got := c.must(200, "GET", "/assets/"+c.ready("a.png", "12345"), "")
	for _, name := range []string{
		"asset_id", "content_type", "created_at", "description", "failure_message", "height", "name", "size_bytes",
		"status", "upload_content_type", "uploaded_via", "url", "width", "workspace_id",
	} {
		if _, ok := got.body[name]; !ok {
			t.Errorf("no %s in %s", name, got.raw)
		}
	}
	if _, err := time.Parse(time.RFC3339, got.str("created_at")); err != nil {
		t.Error(err)
	}
	t.Run("SizeMayBeNull", func(t *testing.T) {
		c := start(t, Options{NullSize: true})
		if got := c.must(200, "GET", "/assets/"+c.ready("a.png", "x"), ""); got.body["size_bytes"] != nil {
			t.Errorf("got %s", got.raw)
		}
	})
}

func TestAttach(t *testing.T) {
	c := start(t, Options{})
	id := c.ready("a.png", "x")
	path := "/projects/prj_p/assets/" + id + "/attach"
	first := c.must(200, "POST", path, "{}", "Idempotency-Key", "k")
	if first.str("node_id") == "" || first.str("canvas_url") == "" || first.str("project_id") != "prj_p" || first.str("asset_id") != id {
		t.Errorf("got %s", first.raw)
	}
	if r := c.must(409, "POST", path, "{}", "Idempotency-Key", "k"); r.code() != "idempotency_duplicate" {
		t.Errorf("got %s", r.raw)
	}
	if second := c.must(200, "POST", path, ""); second.str("node_id") == first.str("node_id") {
		t.Errorf("twice must make two nodes: %s", second.raw)
	}
	if r := c.must(400, "POST", "/projects/p/assets/"+id+"/attach", "{}"); r.code() != "input_validation_error" {
		t.Errorf("got %s", r.raw)
	}
	c.wantRules()

	pending := c.reserve("b.png").str("asset_id")
	if r := c.must(409, "POST", "/projects/prj_p/assets/"+pending+"/attach", "{}"); r.code() != "conflict" {
		t.Errorf("got %s", r.raw)
	}
	c.wantRules(AttachEarly)

	list := c.must(200, "GET", "/assets?project_id=prj_p", "")
	rows := list.body["assets"].([]any)
	if len(rows) != 2 || rows[0].(map[string]any)["node_id"] == rows[1].(map[string]any)["node_id"] {
		t.Errorf("the project's list: %s", list.raw)
	}
}

func TestList(t *testing.T) {
	c := start(t, Options{OldRow: true})
	for i := range 5 {
		c.reserve("pic" + strconv.Itoa(i) + ".png")
	}
	c.must(201, "POST", "/assets", `{"source":"signed-url","workspace_id":"ws_b","file_name":"other.png"}`)
	names := func(r reply) string {
		var all []string
		for _, row := range r.body["assets"].([]any) {
			m := row.(map[string]any)
			if m["asset_id"] == nil {
				all = append(all, "(old)")
				continue
			}
			if _, ok := m["created_at"].(float64); !ok {
				t.Errorf("created_at is no number: %v", m)
			}
			all = append(all, strings.TrimSuffix(m["name"].(string), ".png"))
		}
		return strings.Join(all, " ")
	}
	next := func(r reply) string {
		cursor, _ := r.body["meta"].(map[string]any)["next_cursor"].(string)
		return cursor
	}
	one := c.must(200, "GET", "/assets?workspace_id=ws_a&limit=2", "")
	if got := names(one); got != "pic4 pic3 (old)" {
		t.Errorf("page 1: %s", got)
	}
	c.reserve("pic5.png")
	two := c.must(200, "GET", "/assets?workspace_id=ws_a&limit=2&cursor="+next(one), "")
	if got := names(two); got != "pic3 pic2" {
		t.Errorf("page 2 repeats a row when one came in front: %s", got)
	}
	three := c.must(200, "GET", "/assets?workspace_id=ws_a&limit=2&cursor="+next(two), "")
	if got := names(three); got != "pic1 pic0" || next(three) != "" {
		t.Errorf("page 3: %s, next %q", got, next(three))
	}
	if got := names(c.must(200, "GET", "/assets?query=OTHER", "")); got != "other (old)" {
		t.Errorf("query: %s", got)
	}
	for _, bad := range []string{"limit=0", "limit=101", "limit=x", "cursor=!", "workspace_id=a", "project_id=a"} {
		if r := c.must(http.StatusBadRequest, "GET", "/assets?"+bad, ""); r.code() != "input_validation_error" {
			t.Errorf("%s: %s", bad, r.raw)
		}
	}
	t.Run("Milliseconds", func(t *testing.T) {
		c := start(t, Options{Milliseconds: true, OldestFirst: true})
		c.reserve("a.png")
		c.reserve("b.png")
		rows := c.must(200, "GET", "/assets", "").body["assets"].([]any)
		first := rows[0].(map[string]any)
		if at := first["created_at"].(float64); at < 1e12 || first["name"] != "a.png" {
			t.Errorf("got %v", first)
		}
	})
}
