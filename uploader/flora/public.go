package flora

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"syscall"
	"time"
)

// ErrPrivateAddress: the host of an upload or asset URL has an address inside this machine or its network. FLORA's storage is public: whoever could make an
// answer of the API would otherwise have files, or requests, sent to whatever this machine reaches.
var ErrPrivateAddress = errors.New("not a public address: FLORA's storage is never there; look at DNS and at the proxy")

// carrierGrade is RFC 6598: between a provider and its customers. nat64 is RFC 6052: an IPv4 address in the last four bytes.
var (
	carrierGrade = netip.MustParsePrefix("100.64.0.0/10")
	nat64        = netip.MustParsePrefix("64:ff9b::/96")
)

// public reports an address that belongs to no network of its own.
func public(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if nat64.Contains(a) {
		b := a.As16()
		a = netip.AddrFrom4([4]byte(b[12:]))
	}
	return a.IsGlobalUnicast() && !a.IsPrivate() && !a.IsLoopback() && !a.IsLinkLocalUnicast() && !carrierGrade.Contains(a)
}

// publicDialer dials public addresses only, and proxies wherever they are: which host a proxy connects to is its own affair. It looks at the address that is
// dialled, after the name was looked up, so that no name and no redirect gets around it.
type publicDialer struct {
	proxyOf func(*http.Request) (*url.URL, error)
	proxies sync.Map // host:port → true
}

// proxy is for http.Transport.Proxy.
func (d *publicDialer) proxy(req *http.Request) (*url.URL, error) {
	u, err := d.proxyOf(req)
	if u != nil {
		port := u.Port()
		if port == "" {
			port = map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}[u.Scheme]
		}
		d.proxies.Store(net.JoinHostPort(u.Hostname(), port), true)
	}
	return u, err
}

// dial is a DialFunc.
func (d *publicDialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := net.Dialer{KeepAlive: keepAlive}
	if _, ok := d.proxies.Load(address); !ok {
		dialer.Control = func(_, address string, _ syscall.RawConn) error {
			to, err := netip.ParseAddrPort(address)
			if err != nil {
				return fmt.Errorf("%s: %w", address, ErrPrivateAddress) // not an address of the Internet at all
			}
			if !public(to.Addr()) {
				return fmt.Errorf("%s: %w", to.Addr(), ErrPrivateAddress)
			}
			return nil
		}
	}
	return dialer.DialContext(ctx, network, address)
}

const keepAlive = 30 * time.Second
