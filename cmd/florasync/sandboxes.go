package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/internal/sandbox"
)

// sandboxesDir holds a state directory for each folder that was watched with --sandbox.
func sandboxesDir() (string, error) {
	dir, err := config.StateDirFor("", "", func(name string) string {
		if name == "STATE_DIRECTORY" { // the service's; a sandbox is a person's
			return ""
		}
		return os.Getenv(name)
	})
	return filepath.Join(dir, "sandbox"), err
}

// sandboxDir returns the state directory of a folder's sandbox.
func sandboxDir(folder string) (string, error) {
	all, err := sandboxesDir()
	sum := sha256.Sum256([]byte(folder))
	return filepath.Join(all, hex.EncodeToString(sum[:6])), err
}

// newestSandbox returns the state directory of the sandbox that was used last.
func newestSandbox() (string, error) {
	all, err := sandboxesDir()
	if err != nil {
		return "", err
	}
	entries, err := os.ReadDir(all)
	newest, at := "", time.Time{}
	for _, e := range entries {
		dir := filepath.Join(all, e.Name())
		if st, err := os.Stat(filepath.Join(dir, sandboxFile)); err == nil && st.ModTime().After(at) {
			newest, at = dir, st.ModTime()
		}
	}
	if newest == "" {
		return "", usage("no sandbox was used yet: start one with `%s run --sandbox --watch ./inbox`", self())
	}
	return newest, err
}

const sandboxFile = "sandbox.json"

// sandboxInfo is what is remembered of a folder's sandbox, so that a restart finds its port and other commands its folder.
type sandboxInfo struct {
	Watch string `json:"watch"`
	Addr  string `json:"addr"`
	URL   string `json:"url"`
	// Workspace and the rest are as given to run, for the other commands.
	Workspace string `json:"workspace"`
	Project   string `json:"project"`
	Folder    string `json:"folder"`
}

func readSandbox(dir string) (info sandboxInfo, err error) {
	text, err := os.ReadFile(filepath.Join(dir, sandboxFile))
	if err != nil {
		return info, err
	}
	return info, json.Unmarshal(text, &info)
}

// sandboxConfig is the configuration of a folder's sandbox.
func sandboxConfig(dir string, info sandboxInfo, flags map[string]string) (*config.Config, error) {
	if flags == nil {
		flags = map[string]string{}
	}
	flags["state-dir"] = dir
	flags["api.base_url"] = info.URL
	var watch *config.Watched
	if info.Watch != "" {
		watch = &config.Watched{Path: info.Watch, Workspace: info.Workspace, Project: info.Project, Folder: info.Folder}
	}
	c, err := config.Load(config.Options{Flags: flags, Watch: watch, Env: withoutReal(os.Environ())})
	if err == nil {
		c.UseKey(config.FixedKey(sandbox.DefaultKey, "the sandbox"))
	}
	return c, err
}
