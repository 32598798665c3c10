package daemon

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
)

func TestByWhichNamesMetricsAreAsked(t *testing.T) {
	h := hostGuard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), []string{"metrics.example.org"})
	own, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		host, at string
		want     int
	}{
		{"127.0.0.1:9309", "127.0.0.1", 200}, {"[::1]:9309", "::1", 200}, {"localhost:9309", "127.0.0.1", 200}, {"LOCALHOST", "127.0.0.1", 200}, {"localhost.", "127.0.0.1", 200},
		{own, "127.0.0.1", 200}, {"metrics.example.org:9309", "127.0.0.1", 200}, {"", "127.0.0.1", 200},
		{"evil.example", "127.0.0.1", 421}, {"evil.example:9309", "192.0.2.1", 421}, {"localhost.evil.example", "127.0.0.1", 421}, {"metrics.example.org.evil", "127.0.0.1", 421},
		{"192.0.2.1:9309", "192.0.2.1", 200}, {"192.0.2.7", "127.0.0.1", 421}, // an address is no name that somebody else can make lead here
		{"127.0.0.1.evil.example", "127.0.0.1", 421}, {"0x7f000001", "127.0.0.1", 421},
	} {
		r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		r.Host = c.host
		r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, &net.TCPAddr{IP: net.ParseIP(c.at)}))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("asked as %q at %s: %d, want %d", c.host, c.at, w.Code, c.want)
		}
	}
}
