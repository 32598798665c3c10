package config

import (
	"strings"
	"time"

	"github.com/florasync/florasync/uploader"
)

// MaxConcurrency is the most that upload.concurrency may be, now or after a reload.
const MaxConcurrency = 256

// settings are the keys of the file but those of a root. Their order is the example's and the table's.
var settings = []setting[Config]{
	fixed(text("api.base_url", "https://app.flora.ai/api/v1", "FLORA's API; `http://` only for loopback; also `FLORA_BASE_URL`",
		func(c *Config) *string { return &c.API.BaseURL })),
	file("api.key_file", "/etc/florasync/api-key", "holds the API key when neither `FLORA_API_KEY` nor the systemd credential `flora-api-key` does; not readable by others; read anew when it changes",
		func(c *Config) *string { return &c.API.KeyFile }),
	fixed(file("api.ca_file", "", "certificates (PEM) of authorities to be trusted besides the system's, such as that of a proxy that looks into TLS; empty: none",
		func(c *Config) *string { return &c.API.CAFile })),
	fixed(duration("api.timeout", 60*time.Second, time.Second, "of one API request with its whole answer; uploads have no such limit",
		func(c *Config) *time.Duration { return &c.API.Timeout })),
	fixed(shownAs(flagged("state-dir", file("state_dir", "", "the record of every file; not on a network file system, not below a watched folder",
		func(c *Config) *string { return &c.StateDir })), "/var/lib/florasync")),
	flagged("concurrency", number("upload.concurrency", uploader.DefaultConcurrency, 1, MaxConcurrency, "requests in flight; the default is FLORA's advice",
		func(c *Config) *int { return &c.Upload.Concurrency })),
	bandwidth("upload.bandwidth", "bytes a second over all uploads, such as `20MiB`, or a timetable of local time in rclone's words, such as `08:00,2M 19:00,off` or `Mon-08:00,512K Sat-00:00,off`; 0: no limit",
		func(c *Config) *uploader.Bandwidth { return &c.Upload.Bandwidth }),
	number("upload.requests_per_minute", 0, 0, 1_000_000, "a limit of your own besides what FLORA says; 0: none",
		func(c *Config) *int { return &c.Upload.RequestsPerMinute }),
	number("upload.max_attempts", uploader.DefaultMaxAttempts, 1, 10_000, "passing faults of its own before a file fails; an outage of FLORA never counts",
		func(c *Config) *int { return &c.Upload.MaxAttempts }),
	duration("upload.drain", 30*time.Second, 0, "how long uploads under way may go on after a stop",
		func(c *Config) *time.Duration { return &c.Upload.Drain }),
	fixed(flagged("listen", text("server.listen", "", "such as `127.0.0.1:9309`: `/metrics`, `/livez` and `/readyz`, read only; empty: none",
		func(c *Config) *string { return &c.Server.Listen }))),
	fixed(text("server.hosts", "", "names by which it may be asked besides addresses, `localhost` and this machine's own name; separated by blanks. A web page that calls this machine by a name of its own is refused",
		func(c *Config) *string { return &c.Server.Hosts })),
	fixed(file("server.socket", "", "the commands' Unix socket; empty: in `$RUNTIME_DIRECTORY` or the state directory",
		func(c *Config) *string { return &c.Server.Socket })),
	fixed(text("server.socket_group", "", "a group that may read status and lists; empty: only root and the service's user",
		func(c *Config) *string { return &c.Server.SocketGroup })),
	flagged("log-level", defaulting("info", word("log.level", "the least level that is logged",
		func(c *Config) *string { return &c.Log.Level }, "debug", "info", "warn", "error"),
		func(c *Config) *string { return &c.Log.Level })),
	fixed(flagged("log-format", word("log.format", "`auto` is console on a terminal, journald under systemd, else JSON",
		func(c *Config) *string { return &c.Log.Format }, "auto", "json", "console", "journald"))),
}

// watchSettings are the keys of one root.
var watchSettings = []setting[Watch]{
	shownAs(text("name", "", "the root's name in commands, lists and logs; unique", func(w *Watch) *string { return &w.Name }), "the folder's base name"),
	fixed(shownAs(flagged("watch", file("path", "", "the folder", func(w *Watch) *string { return &w.Path })), required)),
	shownAs(flagged("workspace", text("workspace", "", "FLORA's id of the workspace, `ws_…`", func(w *Watch) *string { return &w.Workspace })), required),
	flagged("project", text("project", "", "a project, `prj_…`, on whose canvas each asset is put once it is ready; empty: none",
		func(w *Watch) *string { return &w.Project })),
	flagged("folder", text("folder", "", "the asset folder; `{dir}` stands for the file's directory below the root, empty parts fall away",
		func(w *Watch) *string { return &w.Folder })),
	file("key_file", "", "the API key of this root's workspace, when it is not the one of `api`", func(w *Watch) *string { return &w.KeyFile }),
	yesNo("recursive", true, "folders below it, too", func(w *Watch) *bool { return &w.Recursive }),
	include(list("include", DefaultInclude, "patterns of the paths that are wanted; the default matches in any case, yours as written",
		func(w *Watch) *[]string { return &w.Include })),
	list("exclude", nil, "patterns of the paths that are not, besides hidden and temporary names", func(w *Watch) *[]string { return &w.Exclude }),
	size("min_size", 1, "bytes, inclusive; an empty file is never uploaded", func(w *Watch) *int64 { return &w.MinSize }),
	size("max_size", 0, "bytes, inclusive; 0: no limit", func(w *Watch) *int64 { return &w.MaxSize }),
	autoDuration("settle", "how long a file must stay as it is before it is uploaded; a duration is a floor for everything",
		func(w *Watch) *time.Duration { return &w.Settle }),
	duration("rescan", 10*time.Minute, 0, "how often everything is looked at again; 0: never", func(w *Watch) *time.Duration { return &w.Rescan }),
	duration("poll", 10*time.Second, time.Millisecond, "how often folders are listed that events do not reach", func(w *Watch) *time.Duration { return &w.Poll }),
	word("mode", "`notify`: kernel events; `poll`: listing; `auto`: what the file system allows", func(w *Watch) *string { return &w.Mode }, "auto", "notify", "poll"),
	word("existing", "what is there at the first start", func(w *Watch) *string { return &w.Existing }, "upload", "ignore"),
	word("on_change", "a file that changed after its upload", func(w *Watch) *string { return &w.OnChange }, "upload", "ignore"),
	fixed(word("duplicates", "equal content again; `link` makes no second asset and reads every file once more", func(w *Watch) *string { return &w.Duplicates }, "upload", "link")),
	word("after", "what becomes of a file once its asset is ready", func(w *Watch) *string { return &w.After }, "keep", "move", "delete"),
	file("move_to", "", "where `after: move` puts it, below the path it had; same file system, outside every root", func(w *Watch) *string { return &w.MoveTo }),
}

const required = "required"

func flagged[T any](flag string, s setting[T]) setting[T] {
	s.flag = flag
	return s
}

// fixed makes a setting one that a running florasync keeps: a reload that would change it is refused.
func fixed[T any](s setting[T]) setting[T] {
	s.fixed = true
	return s
}

// shownAs sets what the table calls the default, when it is not one value.
func shownAs[T any](s setting[T], def string) setting[T] {
	s.def = def
	return s
}

// defaulting makes another word than the first one the default, where the words have an order of their own.
func defaulting(def string, s setting[Config], at func(*Config) *string) setting[Config] {
	s.def, s.reset = def, func(c *Config) { *at(c) = def }
	return s
}

func list(key string, def []string, doc string, at func(*Watch) *[]string) setting[Watch] {
	return setting[Watch]{key: key, def: showList(def), doc: doc, sort: "list", get: func(w *Watch) any { return *at(w) },
		set: func(w *Watch, v value) *problem {
			switch v.kind {
			case scalar:
				return problemf("is a text, not a list").or("write [" + quoted(v.text) + "]")
			case isMap:
				return problemf("holds keys, not a list")
			case isNull:
				return problemf("has no value").or("write a list, or remove the line")
			}
			texts := []string{}
			for _, e := range v.list {
				s, p := e.one("a text")
				if p != nil {
					return p
				}
				texts = append(texts, s)
			}
			*at(w) = texts
			return nil
		},
		reset: func(w *Watch) { *at(w) = nil }}
}

// include tells the default apart from a user's patterns, because only the default matches in any case. Writing the default down changes nothing.
func include(s setting[Watch]) setting[Watch] {
	set := s.set
	s.set = func(w *Watch, v value) *problem {
		if p := set(w, v); p != nil {
			return p
		}
		if len(w.Include) == 0 {
			return problemf("an empty list takes nothing").or("remove the line for the default")
		}
		if len(w.Include) == 1 && w.Include[0] == DefaultInclude[0] {
			w.Include = nil
		}
		return nil
	}
	return s
}

func showList(texts []string) string {
	shown := make([]string, len(texts))
	for i, t := range texts {
		shown[i] = `"` + t + `"`
	}
	return "[" + strings.Join(shown, ", ") + "]"
}

// autoDuration is a duration or auto, which is 0.
func autoDuration(key, doc string, at func(*Watch) *time.Duration) setting[Watch] {
	s := duration(key, 0, time.Millisecond, doc, at)
	set := s.set
	s.def, s.sort = "auto", "auto, duration"
	s.set = func(w *Watch, v value) *problem {
		if v.kind == scalar && v.text == "auto" {
			*at(w) = 0
			return nil
		}
		return set(w, v)
	}
	return s
}
