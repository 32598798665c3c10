package sandbox

import (
	"net/http"
	"strings"
	"testing"
)

func TestLifeOfAnAsset(t *testing.T) {
	for _, kind := range []string{GCS, ImageKit} {
		t.Run(kind, func(t *testing.T) {
			c := start(t, Options{Storage: kind})
			r := c.reserve("a b.png")
			if r.str("status") != Pending || r.str("uploaded_via") != "signed_url" || r.str("visibility") != "workspace" {
				t.Errorf("reservation: %s", r.raw)
			}
			if !strings.HasPrefix(r.header.Get("request-id"), "req_") || r.header.Get("Date") == "" {
				t.Errorf("headers: %v", r.header)
			}
			id := r.str("asset_id")
			got, err := c.post(r.upload(t), "bytes of a")
			want := map[string]int{GCS: 204, ImageKit: 200}[kind]
			if err != nil || got.status != want {
				t.Fatalf("post: %v %+v", err, got)
			}
			done := c.must(http.StatusOK, "POST", "/assets/"+id+"/complete", "{}")
			if done.str("status") != Ready {
				t.Errorf("complete: %s", done.raw)
			}
			seen := c.must(http.StatusOK, "GET", "/assets/"+id, "")
			if seen.str("status") != Ready || seen.body["size_bytes"] != 10.0 || seen.str("name") != "a b.png" {
				t.Errorf("retrieve: %s", seen.raw)
			}
			if b := c.get(seen.str("url")); b.raw != "bytes of a" || b.header.Get("Content-Type") != "image/png" {
				t.Errorf("bytes at the URL: %q %v", b.raw, b.header)
			}
			c.wantRules()
		})
	}
}
