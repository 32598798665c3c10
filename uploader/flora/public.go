package flora

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// ErrPrivateAddress: the host of an upload or asset URL has an address inside this machine or its network. FLORA's storage is public: whoever could make an
// answer of the API would otherwise have files, or requests, sent to whatever this machine reaches.
var ErrPrivateAddress = errors.New("not a public address: FLORA's storage is never there; look at DNS and at the proxy")

// unicast6 is the space that addresses of the Internet are given out of (RFC 4291, section 2.4): what lies outside of it is no network's, this machine's, or
// a site's own, as fc00::/7, fe80::/10, fec0::/10, 100::/64, 5f00::/16, and 64:ff9b:1::/48, the translation of a network to itself (RFC 8215).
var unicast6 = netip.MustParsePrefix("2000::/3")

// nat64 is RFC 6052: the address that is reached is the IPv4 one in the last four bytes.
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// special are the ranges of IANA's special-purpose registries (RFC 6890 and what was registered since) that are not globally reachable, or lead through a
// relay to an IPv4 address of the writer's choice. A range is refused whole where the registry has exceptions in it: no storage is behind those either.
var special = prefixes(
	"0.0.0.0/8",         // this network
	"10.0.0.0/8",        // private
	"100.64.0.0/10",     // between a provider and its customers
	"127.0.0.0/8",       // loopback
	"169.254.0.0/16",    // link-local, with the metadata of clouds
	"172.16.0.0/12",     // private
	"192.0.0.0/24",      // protocol assignments
	"192.0.2.0/24",      // documentation
	"192.31.196.0/24",   // AS112: sinks of name servers
	"192.52.193.0/24",   // AMT: relays of multicast
	"192.88.99.0/24",    // relays of 6to4
	"192.168.0.0/16",    // private
	"192.175.48.0/24",   // AS112
	"198.18.0.0/15",     // benchmarks
	"198.51.100.0/24",   // documentation
	"203.0.113.0/24",    // documentation
	"224.0.0.0/4",       // multicast
	"240.0.0.0/4",       // reserved, and broadcast
	"2001::/23",         // protocol assignments: Teredo, benchmarks, ORCHID
	"2001:db8::/32",     // documentation
	"2002::/16",         // 6to4, with an IPv4 address in it
	"2620:4f:8000::/48", // AS112
	"3fff::/20",         // documentation
)

func prefixes(texts ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		all[i] = netip.MustParsePrefix(text)
	}
	return all
}

// public reports an address of the Internet that belongs to no network of its own.
func public(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if nat64.Contains(a) {
		b := a.As16()
		a = netip.AddrFrom4([4]byte(b[12:]))
	}
	if a.Is6() && !unicast6.Contains(a) {
		return false
	}
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	return a.IsValid()
}

// onlyPublic is for net.Dialer.Control: it looks at the address that is dialled, after the name was looked up, so that no name and no redirect gets around it.
func onlyPublic(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%s: %w", address, ErrPrivateAddress) // not an address of the Internet at all
	}
	if !public(to.Addr()) {
		return fmt.Errorf("%s: %w", to.Addr(), ErrPrivateAddress)
	}
	return nil
}

// publicTransport dials public addresses only, and proxies wherever they are: which host a proxy connects to is its own affair. The two have connections of
// their own, so that a URL with a proxy's address in it is a target like any other.
type publicTransport struct {
	proxyOf func(*http.Request) (*url.URL, error)
	direct  *http.Transport // without a proxy
	proxied *http.Transport // dials nothing but proxies
}

// errNoProxy is never seen: a request that needs no proxy is not sent by way of one.
var errNoProxy = errors.New("no proxy for this request")

// newPublicTransport has proxyOf choose, as http.Transport.Proxy does, and each of the transports made by a function that takes what it dials with.
func newPublicTransport(proxyOf func(*http.Request) (*url.URL, error), made func(DialFunc) *http.Transport) *publicTransport {
	guarded := &net.Dialer{KeepAlive: keepAlive, Control: onlyPublic}
	t := &publicTransport{proxyOf: proxyOf, direct: made(guarded.DialContext), proxied: made((&net.Dialer{KeepAlive: keepAlive}).DialContext)}
	t.direct.Proxy = nil
	t.proxied.Proxy = func(req *http.Request) (*url.URL, error) {
		u, err := proxyOf(req)
		if u == nil && err == nil {
			err = errNoProxy
		}
		return u, err
	}
	return t
}

// RoundTrip is http.RoundTripper's.
func (t *publicTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if u, err := t.proxyOf(req); u == nil && err == nil {
		return t.direct.RoundTrip(req)
	}
	return t.proxied.RoundTrip(req)
}

// CloseIdleConnections is what http.Client's looks for.
func (t *publicTransport) CloseIdleConnections() {
	t.direct.CloseIdleConnections()
	t.proxied.CloseIdleConnections()
}

const keepAlive = 30 * time.Second
