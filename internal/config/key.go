package config

import (
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// KeyError says why there is no API key. It never holds one.
type KeyError struct {
	Where   string // which source: a path, or the systemd credential
	Message string
	Cure    string // what to do
	err     error
}

// Error returns the message with the cure.
func (e *KeyError) Error() string {
	s := e.Message
	if e.Where != "" {
		s = e.Where + ": " + s
	}
	if e.Cure != "" {
		s += "; " + e.Cure
	}
	return s
}

// Hint returns the cure alone.
func (e *KeyError) Hint() string { return e.Cure }

// Unwrap returns the system's error, when there was one.
func (e *KeyError) Unwrap() error { return e.err }

// KeySource gives the API key of a root. A file is read anew each time, so that a rotated key is taken up without a restart. It is safe for
// concurrent use.
type KeySource struct {
	variable bool      // the key stands in key
	general  bool      // the one of `api`
	key      string    // of a variable
	name     string    // of a fixed key, or of the variable
	files    []keyFile // looked at in this order

	changed chan struct{}
	mu      sync.Mutex
	last    [sha256.Size]byte // of the key at the last Look; zero: none
}

// environ is what of the environment tells the key, and whether systemd confines the process as a service with a state directory.
type environ struct {
	key, credentials string
	service          bool
}

func environOf(env getenv) *environ {
	return &environ{key: strings.TrimSpace(env("FLORA_API_KEY")), credentials: env("CREDENTIALS_DIRECTORY"),
		service: env("INVOCATION_ID") != "" && env("STATE_DIRECTORY") != ""}
}

// KeySource returns where a root's key comes from; "" is the one of `api`: FLORA_API_KEY, the systemd credential flora-api-key, api.key_file. A root
// with a key_file of its own has that alone, since it is another workspace's. Sources that describe themselves alike are the same.
func (c *Config) KeySource(root string) *KeySource {
	if c.key != nil {
		return *c.key
	}
	if w, ok := c.Root(root); ok && w.KeyFile != "" {
		return prime(&KeySource{files: []keyFile{{path: w.KeyFile, name: w.KeyFile}}})
	}
	env := environOf(os.Getenv)
	if c.env != nil {
		env = *c.env
	}
	if env.key != "" {
		return FixedKey(env.key, "FLORA_API_KEY")
	}
	k := &KeySource{general: true}
	if dir := env.credentials; dir != "" {
		k.files = append(k.files, keyFile{path: filepath.Join(dir, "flora-api-key"), name: "the systemd credential flora-api-key", trusted: true})
	}
	if c.API.KeyFile != "" {
		k.files = append(k.files, keyFile{path: c.API.KeyFile, name: c.API.KeyFile})
	}
	return prime(k)
}

// UseKey makes every root's key come from one source, whatever the configuration says: the sandbox's.
func (c *Config) UseKey(k *KeySource) { c.key = &k }

// FixedKey returns a source that always gives one key: the sandbox's, or a variable's. name is what it is called in messages.
func FixedKey(key, name string) *KeySource {
	return prime(&KeySource{variable: true, key: key, name: name})
}

func prime(k *KeySource) *KeySource {
	k.changed = make(chan struct{}, 1)
	k.last = k.sum()
	return k
}

// Key returns the key, without surrounding white space. Errors are [*KeyError]: there is none, it is empty or not one line, or its file is not one
// that only its owner can read.
func (k *KeySource) Key() (string, error) {
	if k.variable {
		return checkKey(k.key, k.name)
	}
	for _, s := range k.files {
		text, err := s.read()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		return checkKey(text, s.name)
	}
	return "", k.missing()
}

func (k *KeySource) missing() error {
	var looked []string
	if k.general {
		looked = append(looked, "FLORA_API_KEY")
	}
	for _, s := range k.files {
		looked = append(looked, s.name)
	}
	return &KeyError{Message: "no API key: looked at " + strings.Join(looked, ", "), Cure: k.cure(), err: fs.ErrNotExist}
}

func (k *KeySource) cure() string {
	if k.general {
		return "set FLORA_API_KEY or put the key into a file of mode 0600; to try without an account add --sandbox"
	}
	return "put the key into it, mode 0600; to try without an account add --sandbox"
}

// Describe says which source is in use, fit for messages; the file that would be used when there is none yet.
func (k *KeySource) Describe() string {
	if k.variable {
		return k.name
	}
	if s, ok := k.inUse(); ok {
		return s.name
	}
	return "no key"
}

// Replace tells how a key that is refused is replaced, and what has to be done for the new one to be taken up.
func (k *KeySource) Replace() string {
	if k.variable {
		return "replace the API key in " + k.name + " and restart florasync"
	}
	s, _ := k.inUse()
	if s.trusted {
		return "replace the API key in " + s.name + " and `systemctl restart` the service: while it runs it never sees a changed credential"
	}
	return "replace the API key in " + s.name + "; a new one is taken up within seconds" // no colon: of "api-key: …" a log takes the rest for a secret
}

// inUse is the file that is in use, or the last one of which there is none; false when there is no place to look.
func (k *KeySource) inUse() (s keyFile, ok bool) {
	for _, s = range k.files {
		ok = true
		if _, err := os.Stat(s.path); err == nil {
			break
		}
	}
	return s, ok
}

// Changed is signalled by [KeySource.Look] when the key is another one than it was. Signals do not pile up.
func (k *KeySource) Changed() <-chan struct{} { return k.changed }

// Look looks whether the key changed since the last look, signals [KeySource.Changed] when it did, and reports it. Whoever owns the source calls it
// every few seconds: files on which no event can be relied on, links and credentials among them, are why nothing is watched.
func (k *KeySource) Look() bool {
	now := k.sum()
	k.mu.Lock()
	same := now == k.last
	k.last = now
	k.mu.Unlock()
	if same {
		return false
	}
	select {
	case k.changed <- struct{}{}:
	default:
	}
	return true
}

func (k *KeySource) sum() [sha256.Size]byte {
	key, err := k.Key()
	if err != nil {
		return [sha256.Size]byte{}
	}
	return sha256.Sum256([]byte(key))
}

// String keeps the key out of whatever prints the source.
func (k *KeySource) String() string { return k.Describe() }

// GoString does the same for %#v.
func (k *KeySource) GoString() string { return "config.KeySource(" + k.Describe() + ")" }
