package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// getenv reads one variable of an environment; "" when it is not set.
type getenv func(string) string

// Find returns the configuration file: what --config says, $FLORASYNC_CONFIG, $XDG_CONFIG_HOME/florasync/florasync.yaml (~/.config when that is not
// set) or [EtcFile]; "" when there is none. A file that was named and is not there is an error. What is there and cannot be read is returned: [Load]
// says why, rather than that something else is taken in silence.
func Find(flag string, env func(string) string) (string, error) {
	if flag != "" {
		return named("--config", flag)
	}
	if name := env("FLORASYNC_CONFIG"); name != "" {
		return named("FLORASYNC_CONFIG", name)
	}
	candidates := []string{EtcFile}
	if dir := xdg(env, "XDG_CONFIG_HOME", ".config"); dir != "" {
		candidates = []string{filepath.Join(dir, "florasync", "florasync.yaml"), EtcFile}
	}
	for _, file := range candidates {
		if _, err := os.Stat(file); err == nil || errors.Is(err, fs.ErrPermission) && filepath.Dir(file) == filepath.Dir(EtcFile) {
			return file, nil
		}
	}
	return "", nil
}

func named(source, name string) (string, error) {
	file, err := filepath.Abs(name)
	if err != nil {
		return "", fmt.Errorf("find %s: %w", name, err)
	}
	st, err := os.Stat(file)
	switch {
	case err != nil:
		return "", &Error{Source: source, Message: fmt.Sprintf("%s: %s", quoted(name), reasonOf(err))}
	case st.IsDir():
		return "", &Error{Source: source, Message: fmt.Sprintf("%s is a folder", quoted(name)), Hint: "name the file in it"}
	}
	return file, nil
}

// reasonOf returns what the system says, without the path that the caller names.
func reasonOf(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return err.Error()
}

// xdg returns a base directory of the XDG specification: the variable when it is absolute, else the place below the home directory; "" when there
// is neither.
func xdg(env getenv, name, below string) string {
	if dir := env(name); filepath.IsAbs(dir) {
		return dir
	}
	if home := env("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, below)
	}
	return ""
}

// StateDirFor returns the state directory: what is configured (flag, environment or file), the first of $STATE_DIRECTORY (systemd.exec(5)),
// [EtcStateDir] when the configuration is [EtcFile], EtcStateDir-NAME when it is NAME.yaml beside that (an instance florasync@NAME), else $XDG_STATE_HOME/florasync (~/.local/state when that is not set).
func StateDirFor(configured, configFile string, env func(string) string) (string, error) {
	if configured != "" {
		return filepath.Clean(configured), nil
	}
	if dir, _, _ := strings.Cut(env("STATE_DIRECTORY"), ":"); dir != "" {
		return filepath.Clean(dir), nil
	}
	if dir, ok := etcState(configFile); ok {
		return dir, nil
	}
	if dir := xdg(env, "XDG_STATE_HOME", ".local/state"); dir != "" {
		return filepath.Join(dir, "florasync"), nil
	}
	return "", &Error{Key: "state_dir", Message: "nowhere to keep the record: neither HOME nor XDG_STATE_HOME is set", Hint: "give --state-dir"}
}

// ServiceSocket returns where a service of this configuration has its socket, as the units name its runtime directory; "" when the file is not a service's.
// Who may not read the state directory finds it there.
func ServiceSocket(configFile string) string {
	dir, ok := etcState(configFile)
	if !ok {
		return ""
	}
	return filepath.Join("/run", filepath.Base(dir), "florasync.sock")
}

// etcState returns the state directory of a service by its configuration, as the units name it: commands find the record and the socket of an instance
// without being told. False when the file is not a service's.
func etcState(configFile string) (string, bool) {
	if configFile == EtcFile {
		return EtcStateDir, true
	}
	name, isYAML := strings.CutSuffix(filepath.Base(configFile), ".yaml")
	if filepath.Dir(configFile) != filepath.Dir(EtcFile) || !isYAML || name == "" {
		return "", false
	}
	return EtcStateDir + "-" + name, true
}
