package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"
)

const wireCommand = "wire"

// wire is a bare client: three requests a file, nothing else. It remembers nothing and checks nothing but the status of each answer.
type wire struct {
	base, key string
	http      *http.Client
}

// wireMain uploads the files of a folder: bench wire -base URL -key KEY -concurrency N DIR.
func wireMain(args []string) int {
	f := flag.NewFlagSet(wireCommand, flag.ContinueOnError)
	base, key := f.String("base", "", "base URL"), f.String("key", "", "API key")
	n := f.Int("concurrency", 4, "files in flight")
	if err := f.Parse(args); err != nil || f.NArg() != 1 {
		return 2
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = *n
	transport.WriteBufferSize = 64 << 10
	w := wire{base: *base, key: *key, http: &http.Client{Transport: transport}}
	if err := w.all(f.Arg(0), *n); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func (w wire) all(dir string, n int) error {
	paths := make(chan string)
	group, ctx := errgroup.WithContext(context.Background())
	group.Go(func() error {
		defer close(paths)
		return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				select {
				case paths <- path:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return err
		})
	})
	for range n {
		group.Go(func() error {
			for path := range paths {
				if err := w.one(ctx, path); err != nil {
					return fmt.Errorf("%s: %w", path, err)
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// reservation is the part of an answer to POST /assets that the bytes need: assets guide, "Signed upload".
type reservation struct {
	AssetID string `json:"asset_id"`
	Upload  struct {
		URL       string            `json:"url"`
		Fields    map[string]string `json:"form_fields"`
		FileField string            `json:"file_field"`
	} `json:"upload"`
}

func (w wire) one(ctx context.Context, path string) error {
	var r reservation
	ask := map[string]string{"source": "signed-url", "workspace_id": "ws_bench", "file_name": filepath.Base(path), "content_type": contentType(path)}
	if err := w.api(ctx, "/assets", ask, &r); err != nil {
		return err
	}
	if err := w.post(ctx, path, r); err != nil {
		return err
	}
	return w.api(ctx, "/assets/"+r.AssetID+"/complete", nil, nil)
}

func contentType(path string) string {
	if filepath.Ext(path) == ".mp4" {
		return "video/mp4"
	}
	return "image/png"
}

func (w wire) api(ctx context.Context, path string, ask, answer any) error {
	var body io.Reader
	if ask != nil {
		text, err := json.Marshal(ask)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.base+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+w.key)
	if ask != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return w.send(req, answer)
}

func (w wire) send(req *http.Request, answer any) error {
	resp, err := w.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("%s: %s", resp.Status, text)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(text, answer)
}

// post sends the bytes of a file behind the form's fields, with the length said beforehand: RFC 7578.
func (w wire) post(ctx context.Context, path string, r reservation) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	var frame bytes.Buffer
	form := multipart.NewWriter(&frame)
	for name, value := range r.Upload.Fields {
		_ = form.WriteField(name, value)
	}
	head := textproto.MIMEHeader{}
	head.Set("Content-Disposition", fmt.Sprintf(`form-data; name="%s"; filename="%s"`, r.Upload.FileField, filepath.Base(path)))
	head.Set("Content-Type", contentType(path))
	if _, err := form.CreatePart(head); err != nil {
		return err
	}
	before := frame.Len()
	form.Close()
	all := frame.Bytes()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.Upload.URL,
		io.MultiReader(bytes.NewReader(all[:before]), file, bytes.NewReader(all[before:])))
	if err != nil {
		return err
	}
	req.ContentLength = int64(len(all)) + info.Size()
	req.Header.Set("Content-Type", form.FormDataContentType())
	return w.send(req, nil)
}
