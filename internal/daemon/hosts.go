package daemon

import (
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
)

// hostGuard answers only requests that call this machine by an address, as localhost, by its own name, or by a name of the configuration. A web page can have
// a browser on this machine ask a name of the page's own that leads here (DNS rebinding), and then reads the answer as its own.
//
// On loopback no other address is taken either. A request without a host, HTTP/1.0, comes from no browser.
func hostGuard(h http.Handler, names []string) http.Handler {
	if own, err := os.Hostname(); err == nil {
		names = append(slices.Clone(names), own)
	}
	names = append(names, "localhost")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !calledWell(r, names) {
			http.Error(w, "florasync is not asked by this name; server.hosts of its configuration may hold it", http.StatusMisdirectedRequest)
			return
		}
		h.ServeHTTP(w, r)
	})
}

func calledWell(r *http.Request, names []string) bool {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.Trim(host, "[]"), ".")
	if host == "" {
		return true
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		at, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
		return addr.Unmap().IsLoopback() || ok && !at.IP.IsLoopback()
	}
	return slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, host) })
}
