package config

import (
	"strings"
	"time"

	"github.com/florasync/florasync/uploader"

	"github.com/florasync/florasync/watcher"
)

// Config is everything an operator may set. Paths are absolute and clean. It never holds an API key: that is [Config.KeySource].
type Config struct {
	API      API      `key:"api"`
	StateDir string   `key:"state_dir"` // the record, the socket, daemon.json
	Watch    []Watch  `key:"watch"`
	Upload   Upload   `key:"upload"`
	Server   Server   `key:"server"`
	Log      Log      `key:"log"`
	File     string   // where it was read, absolute; "" none
	Warnings []string // what is allowed and still worth a line

	env **environ   // twice a pointer: fmt follows one, and a Config may be printed
	key **KeySource // of UseKey; nil: by the configuration
}

// API says how to reach FLORA.
type API struct {
	BaseURL string        `key:"base_url"` // https; http only for loopback
	KeyFile string        `key:"key_file"`
	CAFile  string        `key:"ca_file"` // certificates besides the system's; "" none
	Timeout time.Duration `key:"timeout"` // of one API request with its whole answer
}

// Watch is one watched folder.
type Watch struct {
	Name       string        `key:"name"` // unique; default the folder's base name
	Path       string        `key:"path"`
	Workspace  string        `key:"workspace"` // ws_…
	Project    string        `key:"project"`   // prj_…, or ""
	Folder     string        `key:"folder"`    // template; see state.Route
	KeyFile    string        `key:"key_file"`  // another workspace's key, or ""
	Recursive  bool          `key:"recursive"`
	Include    []string      `key:"include"` // nil: DefaultInclude, which matches in any case
	Exclude    []string      `key:"exclude"`
	MinSize    int64         `key:"min_size"` // bytes, inclusive
	MaxSize    int64         `key:"max_size"` // bytes, inclusive; 0: no limit
	Settle     time.Duration `key:"settle"`   // 0: auto; else a floor for everything
	Rescan     time.Duration `key:"rescan"`   // 0: never
	Poll       time.Duration `key:"poll"`
	Mode       string        `key:"mode"`       // auto notify poll
	Existing   string        `key:"existing"`   // upload ignore
	OnChange   string        `key:"on_change"`  // upload ignore
	Duplicates string        `key:"duplicates"` // upload link
	After      string        `key:"after"`      // keep move delete
	MoveTo     string        `key:"move_to"`    // when After is move
}

// Upload bounds what is sent.
type Upload struct {
	Concurrency       int                `key:"concurrency"`         // requests in flight
	Bandwidth         uploader.Bandwidth `key:"bandwidth"`           // over all uploads
	RequestsPerMinute int                `key:"requests_per_minute"` // 0: no limit of our own
	MaxAttempts       int                `key:"max_attempts"`
	Drain             time.Duration      `key:"drain"` // how long work under way may go on after a stop
}

// Server is the daemon's face on this machine.
type Server struct {
	Listen      string `key:"listen"`       // host:port of /metrics /livez /readyz; "": none
	Hosts       string `key:"hosts"`        // names by which it may be asked, separated by blanks or commas; see [Server.HostNames]
	Socket      string `key:"socket"`       // "": $RUNTIME_DIRECTORY or the state directory
	SocketGroup string `key:"socket_group"` // may read; "": root and the service's user only
}

// HostNames returns the names in Hosts.
func (s Server) HostNames() []string {
	return strings.FieldsFunc(s.Hosts, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
}

// Log says what is logged and how.
type Log struct {
	Level  string `key:"level"`  // debug info warn error
	Format string `key:"format"` // auto json console journald
}

// DefaultInclude is the default of a root's include: the extensions of what FLORA takes. It matches in any case; a user's patterns match as written.
var DefaultInclude = watcher.DefaultInclude

// EtcFile is the service's configuration, EtcStateDir the state directory that goes with it.
const (
	EtcFile     = "/etc/florasync/florasync.yaml"
	EtcStateDir = "/var/lib/florasync"
)

// Default returns the configuration of an empty file, without a state directory: [Load] finds that.
func Default() *Config {
	c := &Config{}
	for _, s := range settings {
		s.reset(c)
	}
	return c
}

// DefaultWatch returns a root with every default; Name, Path and Workspace are empty.
func DefaultWatch() Watch {
	var w Watch
	for _, s := range watchSettings {
		s.reset(&w)
	}
	return w
}

// Root returns the root of a name.
func (c *Config) Root(name string) (Watch, bool) {
	for _, w := range c.Watch {
		if w.Name == name {
			return w, true
		}
	}
	return Watch{}, false
}

// RequireRoots says that nothing is watched, and what to do about it: commands that watch ask it, others do without.
func (c *Config) RequireRoots() error {
	if len(c.Watch) > 0 {
		return nil
	}
	e := &Error{File: c.File, Key: "watch", Message: "nothing to watch", Hint: "give --watch DIR --workspace ID, or write one into " + EtcFile}
	if c.File != "" {
		e.Hint = "write one under watch, or give --watch DIR --workspace ID"
	}
	return e
}
