package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/florasync/florasync/internal/config"
	"github.com/spf13/cobra"
)

// runSandbox prepares a run against an embedded sandbox.
func (g *globals) runSandbox(cmd *cobra.Command, f *runFlags) (*config.Config, *embedded, error) {
	if f.watch == "" {
		return nil, nil, usage("--sandbox needs --watch DIR, e.g. %s run --sandbox --watch ./inbox", self())
	}
	folder, err := filepath.Abs(f.watch)
	if err != nil {
		return nil, nil, err
	}
	made := false
	if !f.dryRun { // which changes nothing
		if made, err = samples(folder); err != nil {
			return nil, nil, exitWith(exitUsage, fmt.Errorf("--watch %s: %w", f.watch, err))
		}
	}
	dir := g.stateDir
	if dir == "" {
		if dir, err = sandboxDir(folder); err != nil {
			return nil, nil, err
		}
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, nil, err
	}
	if b, ok := alive(dir); ok {
		return nil, nil, exitWith(exitLocked, fmt.Errorf("%s is being watched already, by process %d", f.watch, b.PID))
	}
	old, err := readSandbox(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("read %s: %w", sandboxFile, err)
	}
	info := sandboxInfo{Watch: folder, Addr: old.Addr, Workspace: f.workspace, Project: f.project, Folder: f.folder}
	if info.Workspace == "" {
		info.Workspace = sandboxWorkspace
	}
	if f.dryRun {
		info.URL = "http://127.0.0.1:1/api/v1" // nothing is asked
		c, err := sandboxConfig(dir, info, f.settings(cmd))
		return c, nil, err
	}
	box, err := startEmbedded(dir, info)
	if err != nil {
		return nil, nil, err
	}
	c, err := sandboxConfig(dir, box.info, f.settings(cmd))
	if err != nil {
		box.close()
		return nil, nil, err
	}
	welcome(f, g, box, made)
	return c, box, nil
}

// welcome says where to look and what to type next.
func welcome(f *runFlags, g *globals, box *embedded, made bool) {
	out := os.Stderr
	fmt.Fprintln(out, "The sandbox stands in for FLORA: no account, and nothing leaves this machine.")
	if os.Getenv("FLORA_API_KEY") != "" {
		fmt.Fprintln(out, "FLORA_API_KEY is set and is ignored: with --sandbox nothing is sent to the real FLORA.")
	}
	if made {
		fmt.Fprintf(out, "  folder   %s   (made, with a few sample pictures)\n", f.watch)
	} else {
		fmt.Fprintf(out, "  folder   %s\n", f.watch)
	}
	fmt.Fprintf(out, "  assets   %s\n", "http://"+box.info.Addr+"/")
	fmt.Fprintf(out, "  next     drop files into the folder; in another terminal: %s\n           %s\n           %s\n", g.typed("status"), g.typed("list"),
		g.typed("explain "+config.ShellWord(filepath.Join(f.watch, "dawn.png"))))
	if !f.once {
		fmt.Fprintln(out, "  stop     Ctrl-C; the same command goes on where it stopped")
	}
}
