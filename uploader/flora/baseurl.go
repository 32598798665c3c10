package flora

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// ParseBaseURL reads the API's base URL, such as https://app.flora.ai/api/v1. It must be absolute, https (http only for a
// loopback host), without user part, query and fragment. A trailing slash is dropped. Errors name the rule and never the URL's
// secret parts.
func ParseBaseURL(s string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil {
		// url.Error repeats the text, which may hold a password.
		return nil, errors.New("base URL: not a URL; expected something like https://app.flora.ai/api/v1")
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawPath = strings.TrimRight(u.RawPath, "/")
	if err := checkBaseURL(u); err != nil {
		return nil, err
	}
	return u, nil
}

func checkBaseURL(u *url.URL) error {
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return errors.New("base URL: must start with https:// (http:// only for loopback)")
	case u.Hostname() == "":
		return errors.New("base URL: has no host")
	case u.User != nil:
		return errors.New("base URL: must not hold a user name or password; the key goes into FLORA_API_KEY")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New("base URL: must not have a query or fragment")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return fmt.Errorf("base URL: http:// is only for loopback; use https://%s", u.Host)
	}
	return nil
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// checkTarget tells whether bytes may be sent to, or read from, u: https, and no address of a private network; anything while the API itself is on loopback.
// A name's address is judged when it is dialled.
func (c *Client) checkTarget(u *url.URL) error {
	switch addr, err := netip.ParseAddr(u.Hostname()); {
	case u.Hostname() == "":
		return errors.New("has no host")
	case isLoopback(c.base.Hostname()) && (u.Scheme == "https" || u.Scheme == "http"):
		return nil
	case u.Scheme != "https":
		return ErrInsecureUpload
	case err == nil && !public(addr):
		return ErrPrivateAddress
	}
	return nil
}
