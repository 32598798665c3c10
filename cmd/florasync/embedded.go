package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"math"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/florasync/florasync/internal/sandbox"
)

// embedded is a sandbox inside this process.
type embedded struct {
	server *sandbox.Server
	info   sandboxInfo
	stop   context.CancelFunc
	served chan error
}

// sandboxWorkspace is where the sandbox's files go when nothing else is said.
const sandboxWorkspace = "ws_sandbox"

// startEmbedded starts the sandbox of a state directory, on the port it had before if that is free.
func startEmbedded(dir string, info sandboxInfo) (*embedded, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the sandbox's folder: %w", err)
	}
	server, err := sandbox.Open(sandbox.Options{Dir: filepath.Join(dir, "flora")})
	if err != nil {
		return nil, err
	}
	l, err := listenAgain(info.Addr)
	if err != nil {
		server.Close()
		return nil, err
	}
	info.Addr, info.URL = l.Addr().String(), sandbox.BaseURL(l)
	text, err := json.MarshalIndent(info, "", "  ")
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, sandboxFile), append(text, '\n'), 0o600)
	}
	if err != nil {
		l.Close()
		server.Close()
		return nil, fmt.Errorf("remember the sandbox: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	e := &embedded{server: server, info: info, stop: stop, served: make(chan error, 1)}
	go func() { e.served <- server.Serve(ctx, l) }()
	return e, nil
}

func listenAgain(addr string) (net.Listener, error) {
	if addr != "" {
		if l, err := sandbox.Listen(addr); err == nil {
			return l, nil
		}
	}
	return sandbox.Listen("127.0.0.1:0")
}

func (e *embedded) close() error {
	e.stop()
	return errors.Join(<-e.served, e.server.Close())
}

// withoutReal drops what leads to the real FLORA from an environment.
func withoutReal(env []string) []string {
	kept := env[:0:0]
	for _, pair := range env {
		name, _, _ := strings.Cut(pair, "=")
		if name != "FLORA_API_KEY" && name != "FLORA_BASE_URL" && !strings.HasPrefix(name, "FLORASYNC_API_") && name != "FLORASYNC_STATE_DIR" {
			kept = append(kept, pair)
		}
	}
	return kept
}

// samples fills a folder that does not exist yet with a few pictures, so that there is something to see. It reports whether it did.
func samples(dir string) (bool, error) {
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return false, err
	}
	for i, name := range []string{"dawn.png", "meadow.png", "night.png"} {
		var b bytes.Buffer
		if err := png.Encode(&b, picture(i)); err != nil {
			return true, err
		}
		if err := os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o644); err != nil {
			return true, err
		}
	}
	return true, nil
}

// picture paints a sky over hills, in one of three moods.
func picture(mood int) image.Image {
	skies := [][2]color.RGBA{{{255, 180, 120, 255}, {90, 60, 120, 255}}, {{150, 210, 250, 255}, {60, 140, 70, 255}}, {{20, 24, 60, 255}, {8, 10, 24, 255}}}
	const w, h = 640, 400
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for x := range w {
		hill := h*0.62 + 40*math.Sin(float64(x)/90+float64(mood)*2) + 12*math.Sin(float64(x)/23)
		for y := range h {
			c := skies[mood][0]
			if float64(y) > hill {
				c = skies[mood][1]
			}
			shade := 1 - 0.35*float64(y)/h
			img.SetRGBA(x, y, color.RGBA{uint8(float64(c.R) * shade), uint8(float64(c.G) * shade), uint8(float64(c.B) * shade), 255})
		}
	}
	return img
}
