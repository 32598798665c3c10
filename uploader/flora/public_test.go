package flora

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

func TestPublicAddresses(t *testing.T) {
	for text, want := range map[string]bool{
		"142.250.185.187": true, "2a00:1450:4001:82f::201b": true, "199.36.153.8": true, "64:ff9b::8efa:b9bb": true,
		"127.0.0.1": false, "::1": false, "::ffff:127.0.0.1": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false, "fd00::1": false,
		"169.254.169.254": false, "fe80::1%eth0": false, "0.0.0.0": false, "::": false, "100.64.0.1": false, "224.0.0.1": false, "255.255.255.255": false,
		"64:ff9b::a00:1": false, "::ffff:10.0.0.1": false,
	} {
		if got := public(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: public %t, want %t", text, got, want)
		}
	}
}

// away is a client whose API is somewhere else, so that storage has to be public.
func away(t *testing.T) *Client {
	t.Helper()
	base, err := ParseBaseURL("https://app.flora.ai/api/v1")
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(Options{BaseURL: base, Key: func() (string, error) { return "sk_test", nil }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// A form that leads into this machine gets nothing: neither by an address, nor by a name that turns out to be one when it is dialled.
func TestBytesAreNotSentIntoThisMachine(t *testing.T) {
	reached := false
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer server.Close()
	c := away(t)
	byName := "https://localhost:" + server.URL[strings.LastIndex(server.URL, ":")+1:] + "/upload"
	for _, u := range []string{server.URL + "/upload", byName, "https://10.0.0.1/upload", "https://[::1]:1/upload", "https://169.254.169.254/latest"} {
		if _, err := c.Upload(t.Context(), formFor(t, u, `{}`), fileOf("secret")); !errors.Is(err, ErrPrivateAddress) {
			t.Errorf("upload to %s: %v", u, err)
		}
		if _, err := c.Download(t.Context(), u, 1, io.Discard); !errors.Is(err, ErrPrivateAddress) {
			t.Errorf("download from %s: %v", u, err)
		}
	}
	var transport *TransportError
	if _, err := c.Upload(t.Context(), formFor(t, byName, `{}`), fileOf("secret")); !errors.As(err, &transport) || transport.Phase != PhaseDial {
		t.Errorf("a name: %v, want a transport's error that passes when the name leads elsewhere", err)
	}
	if reached {
		t.Error("something was sent")
	}
}

// A proxy may stand anywhere: it is what the operator named. Everything else it is asked for goes by way of it.
func TestAProxyMayBePrivate(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	proxy := &url.URL{Scheme: "http", Host: l.Addr().String()}
	d := &publicDialer{proxyOf: func(*http.Request) (*url.URL, error) { return proxy, nil }}
	if _, err := d.dial(t.Context(), "tcp", l.Addr().String()); !errors.Is(err, ErrPrivateAddress) {
		t.Errorf("before it is known as a proxy: %v", err)
	}
	if u, err := d.proxy(&http.Request{}); u != proxy || err != nil {
		t.Fatal(u, err)
	}
	conn, err := d.dial(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	d.proxyOf = func(*http.Request) (*url.URL, error) { return &url.URL{Scheme: "socks5", Host: "proxy.example"}, nil }
	if _, err := d.proxy(&http.Request{}); err != nil {
		t.Fatal(err)
	}
	if _, ok := d.proxies.Load("proxy.example:1080"); !ok {
		t.Error("a proxy without a port is not known by its scheme's")
	}
}
