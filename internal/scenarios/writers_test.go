package scenarios

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// programs are what scripts run by exec: writers that hold files open, or write in ways that a shell cannot.
var programs = map[string]func(){
	"drip":     program(drip),      // FILE BYTES EVERY: writes that many bytes, one at a time, and closes
	"holdopen": program(holdOpen),  // FILE FOR: has the file open for writing, changes nothing, makes the file "open" in the working directory
	"appends":  program(appends),   // FILE TIMES EVERY: opens, appends, closes, and prints the file's digest each time
	"mapped":   program(mapped),    // FILE FOR: maps the file for writing, closes the descriptor, changes a byte, makes the file "mapped" in the working directory, changes it again
	"reserve":  program(reserve),   // FILE SIZE AFTER: fallocates, waits, writes, closes
	"linkin":   program(linkIn),    // FILE FOR: an unnamed file is given its name while it is still open, then written on
	"replaces": program(replaces),  // FILE TIMES EVERY: renames another file over it, and prints the digest of each
	"exchange": program(exchange),  // A B: both names change places at once
	"stamps":   program(stamps),    // FILE UNIX: sets the modification time
	"opens":    program(opens),     // FILE TIMES: opens for writing and closes so many times; fails when an open took long
	"appear":   program(appear),    // FILE: waits until it exists
	"storm":    program(storm),     // DIR FOR: renames the files of a directory there and back, all the time
	"fuse":     program(serveFuse), // DIR AT: shows a directory at another place by FUSE, makes the file "mounted" in the working directory
	"deep":     program(deep),      // DIR N: makes N directories below each other, a file in the last, and prints its digest
	"burst":    program(burst),     // DIR N: writes so many files as fast as it can, and prints their digests
}

// program runs a function as a process.
func program(fn func(args []string) error) func() {
	return func() {
		if err := fn(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

// number and span panic on what is no number: a script is wrong then, and its process ends with that said.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(err)
	}
	return n
}

func span(s string) time.Duration {
	d, err := time.ParseDuration(s)
	if err != nil {
		panic(err)
	}
	return d
}

func filler(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(time.Now().UnixNano()) + byte(i)
	}
	copy(b, png)
	return b
}

func drip(args []string) error {
	f, err := os.Create(args[0])
	if err != nil {
		return err
	}
	for _, b := range filler(number(args[1])) {
		if _, err := f.Write([]byte{b}); err != nil {
			return err
		}
		time.Sleep(span(args[2]))
	}
	return f.Close()
}

func holdOpen(args []string) error {
	f, err := os.OpenFile(args[0], os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if err := os.WriteFile("open", nil, 0o644); err != nil {
		return err
	}
	time.Sleep(span(args[1]))
	return f.Close()
}

func appends(args []string) error {
	for i := range number(args[1]) {
		f, err := os.OpenFile(args[0], os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
		if err != nil {
			return err
		}
		part := filler(100)
		if i > 0 {
			part = part[len(png):]
		}
		if _, err := f.Write(part); err != nil {
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
		whole, err := os.ReadFile(args[0])
		if err != nil {
			return err
		}
		fmt.Printf("%x\n", sha256.Sum256(whole))
		time.Sleep(span(args[2]))
	}
	return nil
}

func replaces(args []string) error {
	for range number(args[1]) {
		b := filler(5000)
		tmp := filepath.Join(filepath.Dir(args[0]), ".new.tmp")
		if err := os.WriteFile(tmp, b, 0o644); err != nil {
			return err
		}
		if err := os.Rename(tmp, args[0]); err != nil {
			return err
		}
		fmt.Printf("%x\n", sha256.Sum256(b))
		time.Sleep(span(args[2]))
	}
	return nil
}

func mapped(args []string) error {
	f, err := os.OpenFile(args[0], os.O_RDWR, 0)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	mem, err := unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	mem[len(mem)-1]++
	if err := os.WriteFile("mapped", nil, 0o644); err != nil {
		return err
	}
	time.Sleep(span(args[1]))
	mem[len(mem)-1]++
	return unix.Munmap(mem)
}

func opens(args []string) error {
	for range number(args[1]) {
		began := time.Now()
		f, err := os.OpenFile(args[0], os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		if took := time.Since(began); took > time.Second {
			return fmt.Errorf("somebody stood in a writer's way for %v", took)
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}

func appear(args []string) error {
	for {
		if _, err := os.Lstat(args[0]); err == nil {
			return nil
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func storm(args []string) error {
	for end := time.Now().Add(span(args[1])); time.Now().Before(end); {
		files, err := os.ReadDir(args[0])
		if err != nil {
			return err
		}
		for _, f := range files {
			path := filepath.Join(args[0], f.Name())
			if err := os.Rename(path, filepath.Join(args[0], "x"+f.Name())); err != nil {
				return err
			}
			if err := os.Rename(filepath.Join(args[0], "x"+f.Name()), path); err != nil {
				return err
			}
		}
	}
	return nil
}

func burst(args []string) error {
	for i := range number(args[1]) {
		b := fmt.Appendf([]byte(png), "%s %d %d", args[0], i, time.Now().UnixNano())
		if err := os.WriteFile(filepath.Join(args[0], fmt.Sprintf("%06d.png", i)), b, 0o644); err != nil {
			return err
		}
		fmt.Printf("%x\n", sha256.Sum256(b))
	}
	return nil
}

func stamps(args []string) error {
	t := time.Unix(int64(number(args[1])), 0)
	return os.Chtimes(args[0], t, t)
}

func deep(args []string) error {
	if err := os.Chdir(args[0]); err != nil {
		return err
	}
	const name = "dddddddddddddddd"
	for range number(args[1]) {
		if err := os.Mkdir(name, 0o755); err != nil {
			return err
		}
		if err := os.Chdir(name); err != nil {
			return err
		}
	}
	b := filler(500)
	fmt.Printf("%x\n", sha256.Sum256(b))
	return os.WriteFile("a.png", b, 0o644)
}
