package flora

import (
	"context"
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

// TestPublicAddresses: the first and the last address of each range of IANA's special-purpose registries, the ways to write an IPv4 address in an IPv6 one, and
// the neighbours that are somebody's.
func TestPublicAddresses(t *testing.T) {
	for name, c := range map[string]struct {
		want  bool
		addrs string
	}{
		"Internet4":           {true, "142.250.185.187 199.36.153.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 172.15.255.255 172.32.0.0 198.17.255.255 198.20.0.0 223.255.255.255"},
		"Internet6":           {true, "2a00:1450:4001:82f::201b 2001:200::1 2001:4860::1 2001:db7:ffff::1 2001:db9:: 2003::1 2600:1900::1 2620:4f:7fff::1 3fff:1000::"},
		"ThisNetwork":         {false, "0.0.0.0 0.0.0.1 0.255.255.255"},
		"Private":             {false, "10.0.0.0 10.255.255.255 172.16.0.0 172.31.255.255 192.168.0.0 192.168.255.255"},
		"CarrierGrade":        {false, "100.64.0.0 100.127.255.255"},
		"Loopback":            {false, "127.0.0.1 127.255.255.255 ::1"},
		"LinkLocal":           {false, "169.254.0.0 169.254.169.254 169.254.255.255 fe80:: fe80::1%eth0 febf:ffff::1"},
		"ProtocolAssignments": {false, "192.0.0.0 192.0.0.8 192.0.0.255 2001:: 2001:1ff:ffff::1"},
		"Documentation":       {false, "192.0.2.0 192.0.2.255 198.51.100.0 198.51.100.255 203.0.113.0 203.0.113.255 2001:db8:: 2001:db8:ffff::1 3fff:: 3fff:fff:ffff::1"},
		"AS112":               {false, "192.31.196.0 192.31.196.255 192.175.48.0 192.175.48.255 2001:4:112::1 2620:4f:8000::1"},
		"AMT":                 {false, "192.52.193.0 192.52.193.255 2001:3::1"},
		"Benchmarking":        {false, "198.18.0.0 198.19.255.255 2001:2::1"},
		"Multicast":           {false, "224.0.0.1 239.255.255.255 ff02::1 ff0e::1"},
		"Reserved":            {false, "240.0.0.0 255.255.255.254 4000::1 e000::1"},
		"Broadcast":           {false, "255.255.255.255"},
		"Unspecified":         {false, "::"},
		"Mapped":              {false, "::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:198.18.0.1"},
		"MappedPublic":        {true, "::ffff:142.250.185.187"},
		"Compatible":          {false, "::127.0.0.1 ::10.0.0.1 ::8efa:b9bb"},
		"Translated":          {false, "64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b::a9fe:a9fe 64:ff9b::c612:1"},
		"TranslatedPublic":    {true, "64:ff9b::8efa:b9bb"},
		"TranslatedLocally":   {false, "64:ff9b:1:: 64:ff9b:1::a00:1 64:ff9b:1::8efa:b9bb 64:ff9b:1:ffff::1"},
		"Relays6to4":          {false, "192.88.99.0 192.88.99.255 2002:: 2002:7f00:1:: 2002:a00:1::1 2002:a9fe:a9fe::1 2002:8efa:b9bb::1"},
		"Teredo":              {false, "2001:0:4136:e378:8000:63bf:3fff:fdd2"},
		"ORCHID":              {false, "2001:10::1 2001:20::1 2001:30::1"},
		"Discard":             {false, "100:: 100::ffff:ffff 100:0:0:1::1"},
		"SegmentRouting":      {false, "5f00:: 5f00:ffff::1"},
		"UniqueLocal":         {false, "fc00:: fd00::1 fdff:ffff::1"},
		"SiteLocal":           {false, "fec0:: fec0::1 feff:ffff::1"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, text := range strings.Fields(c.addrs) {
				if got := public(netip.MustParseAddr(text)); got != c.want {
					t.Errorf("%s: public %t, want %t", text, got, c.want)
				}
			}
		})
	}
	if public(netip.Addr{}) {
		t.Error("no address at all is public")
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

// A proxy may stand anywhere: it is what the operator named. That makes its address no target: a URL that names it, and does not go by way of it, is dialled as
// any other.
func TestOnlyTheWayToAProxyMayBePrivate(t *testing.T) {
	asked := make(chan string, 4)
	proxy := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- r.Method + " " + r.RequestURI }))
	defer proxy.Close()
	at, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := away(t)
	c.storage = newHTTPClient(newPublicTransport(func(req *http.Request) (*url.URL, error) {
		if req.URL.Host == at.Host { // as NO_PROXY has it
			return nil, nil
		}
		return at, nil
	}, func(dial DialFunc) *http.Transport {
		o := c.opt
		o.Dial = dial
		return bulkTransport(o)
	}))
	get := func(target string) error {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := c.storage.Do(req)
		if err == nil {
			answer.Body.Close()
		}
		return err
	}
	for range 2 { // also while a connection to the proxy is kept
		if err := get("http://storage.example/a"); err != nil {
			t.Errorf("by way of the proxy: %v", err)
		}
		if said := <-asked; said != "GET http://storage.example/a" {
			t.Errorf("the proxy was asked for %s", said)
		}
		if err := get(proxy.URL + "/admin"); !errors.Is(err, ErrPrivateAddress) {
			t.Errorf("the proxy as a target: %v", err)
		}
	}
	if len(asked) > 0 {
		t.Errorf("the proxy was asked for %s", <-asked)
	}
}

// A proxy that cannot be made out is an error, and nothing is dialled.
func TestAProxyThatCannotBeMadeOut(t *testing.T) {
	bad := errors.New("no URL")
	tr := newPublicTransport(func(*http.Request) (*url.URL, error) { return nil, bad }, func(dial DialFunc) *http.Transport {
		return &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
			t.Error("dialled")
			return nil, net.ErrClosed
		}}
	})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://storage.example/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tr.RoundTrip(req); !errors.Is(err, bad) { //nolint:bodyclose // there is none
		t.Errorf("got %v", err)
	}
}
