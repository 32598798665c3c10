package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const theKey = "sk_live_abcdefgh"

func keyFileOf(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	file := write(t, "api-key", text)
	if err := os.Chmod(file, mode); err != nil {
		t.Fatal(err)
	}
	return file
}

func withKey(file string, env ...string) *Config {
	c := Default()
	keys := environOf(lookup(env))
	c.API.KeyFile, c.env = file, &keys
	return c
}

func TestKeyOrder(t *testing.T) {
	file := keyFileOf(t, "sk_file\n", 0o600)
	own := keyFileOf(t, "sk_own", 0o400)
	creds := t.TempDir()
	if err := os.WriteFile(filepath.Join(creds, "flora-api-key"), []byte("sk_cred\n"), 0o440); err != nil {
		t.Fatal(err)
	}
	c := withKey(file, "CREDENTIALS_DIRECTORY="+creds, "FLORA_API_KEY= sk_env\n")
	w := DefaultWatch()
	w.Name, w.KeyFile = "other", own
	c.Watch = []Watch{w}
	for _, tt := range []struct {
		name           string
		k              *KeySource
		key, described string
		replace        string
	}{
		{"Variable", c.KeySource(""), "sk_env", "FLORA_API_KEY", "restart florasync"},
		{"RootsOwn", c.KeySource("other"), "sk_own", own, own + "; a new one is taken up within seconds"},
		{"UnknownRoot", c.KeySource("nobody"), "sk_env", "FLORA_API_KEY", "restart florasync"},
		{"Credential", withKey(file, "CREDENTIALS_DIRECTORY="+creds).KeySource(""), "sk_cred", "the systemd credential flora-api-key", "`systemctl restart`"},
		{"NoSuchCredential", withKey(file, "CREDENTIALS_DIRECTORY="+t.TempDir()).KeySource(""), "sk_file", file, "within seconds"},
		{"File", withKey(file).KeySource(""), "sk_file", file, "within seconds"},
		{"Fixed", FixedKey("sk_sandbox", "the sandbox"), "sk_sandbox", "the sandbox", "restart"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			key, err := tt.k.Key()
			if err != nil || key != tt.key || tt.k.Describe() != tt.described {
				t.Errorf("got %s, %v from %s; want %s from %s", key, err, tt.k.Describe(), tt.key, tt.described)
			}
			if how := tt.k.Replace(); !strings.Contains(how, tt.replace) {
				t.Errorf("replaced like this: %q, want %q", how, tt.replace)
			}
		})
	}
}

func TestKeyErrorsSayTheCure(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	open, empty := keyFileOf(t, theKey, 0o644), keyFileOf(t, " \n", 0o600)
	two, long := keyFileOf(t, theKey+"\nsk_live_other\n", 0o600), keyFileOf(t, strings.Repeat("x", keyN+1), 0o600)
	dir := t.TempDir()
	for _, tt := range []struct{ name, file, want string }{
		{"Missing", "/no/such", "no API key: looked at FLORA_API_KEY, /no/such; set FLORA_API_KEY or put the key into a file of mode 0600; to try without an account add --sandbox"},
		{"ReadableByOthers", open, open + ": others can read or change it (mode 0644); chmod 0600 " + open},
		{"Empty", empty, empty + ": is empty; write the API key into it"},
		{"TwoLines", two, two + ": does not hold a key: one word on one line; the file holds the key alone"},
		{"TooLong", long, long + ": is too long for a key; the file holds the key alone"},
		{"Folder", dir, dir + ": is not a regular file; name the file that holds the key"},
		{"Pipe", pipe, pipe + ": is not a regular file; name the file that holds the key"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := withKey(tt.file).KeySource("").Key()
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "sk_live") { // invariant 4
				t.Error("the error holds the key")
			}
			var k *KeyError
			if !errors.As(err, &k) || k.Hint() == "" {
				t.Error("no cure")
			}
		})
	}
	if _, err := withKey("/no/such").KeySource("").Key(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want fs.ErrNotExist", err)
	}
}

func TestKeyFileModes(t *testing.T) { // invariant 6
	for mode, well := range map[os.FileMode]bool{0o600: true, 0o400: true, 0o640: true, 0o440: true, 0o700: true, 0o644: false, 0o604: false, 0o660: false, 0o666: false, 0o601: false} {
		_, err := withKey(keyFileOf(t, theKey, mode)).KeySource("").Key()
		if mode&0o400 != 0 && (err == nil) != well {
			t.Errorf("mode %04o: got %v", mode, err)
		}
	}
}

func TestKeyIsReadAnewAndItsChangeIsSignalled(t *testing.T) {
	file := keyFileOf(t, theKey, 0o600)
	link := filepath.Join(t.TempDir(), "key")
	if err := os.Symlink(file, link); err != nil { // as an orchestrator mounts secrets
		t.Fatal(err)
	}
	k := withKey(link).KeySource("")
	if k.Look() {
		t.Error("signalled without a change")
	}
	replace := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	replace("sk_live_second")
	if key, err := k.Key(); err != nil || key != "sk_live_second" {
		t.Errorf("got %s, %v", key, err)
	}
	if !k.Look() || k.Look() {
		t.Error("a change is signalled once")
	}
	replace("") // the gap of a rotation that is not one rename
	k.Look()
	replace("sk_live_third")
	k.Look()
	select {
	case <-k.Changed():
	default:
		t.Error("no signal")
	}
	select {
	case <-k.Changed():
		t.Error("signals pile up")
	default:
	}
}

func TestNothingPrintsTheKey(t *testing.T) { // invariant 4
	c := withKey(keyFileOf(t, theKey, 0o600), "FLORA_API_KEY="+theKey)
	fixed := FixedKey(theKey, "FLORA_API_KEY")
	for _, v := range []any{c, *c, struct{ C *Config }{c}, []Config{*c}, fixed, c.KeySource("")} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			if got := fmt.Sprintf(verb, v); strings.Contains(got, theKey) {
				t.Errorf("%s: %s", verb, got)
			}
		}
	}
}
