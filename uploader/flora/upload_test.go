package flora

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"testing"
)

// readWire reads one request from c as bytes: the header and, by its Content-Length, the body.
func readWire(c net.Conn) (textproto.MIMEHeader, []byte, error) {
	r := bufio.NewReader(c)
	tp := textproto.NewReader(r)
	if _, err := tp.ReadLine(); err != nil {
		return nil, nil, err
	}
	h, err := tp.ReadMIMEHeader()
	if err != nil {
		return nil, nil, err
	}
	n, err := strconv.Atoi(h.Get("Content-Length"))
	if err != nil {
		return h, nil, err
	}
	body := make([]byte, n)
	_, err = io.ReadFull(r, body)
	return h, body, err
}

func TestFormOnTheWire(t *testing.T) {
	type capture struct {
		h    textproto.MIMEHeader
		body []byte
		err  error
	}
	wire := make(chan capture, 1)
	base := rawServer(t, func(_ int, c *net.TCPConn) {
		h, body, err := readWire(c)
		wire <- capture{h, body, err}
		_, _ = io.WriteString(c, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
	})
	c := newTestClient(t, base)
	fields := `{"x-goog-date":"20260101T000000Z","Content-Type":"image/png","key":" a\r\n+/é\"","policy":"eyJ9=="}`
	file := File{Name: "schöne \"Datei\"\r\n.png", ContentType: "image/png", Size: 5, Body: strings.NewReader("hello and more")}
	if _, err := c.Upload(t.Context(), formFor(t, base+"/b", fields), file); err != nil {
		t.Fatal(err)
	}
	got := <-wire
	if got.err != nil {
		t.Fatal(got.err)
	}
	if got.h.Get("Transfer-Encoding") != "" || got.h.Get("Expect") != "" || got.h.Get("Authorization") != "" {
		t.Errorf("headers %v", got.h)
	}
	_, params, err := mime.ParseMediaType(got.h.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	b := params["boundary"]
	want := ""
	for _, f := range [][2]string{{"Content-Type", "image/png"}, {"key", " a\r\n+/é\""}, {"policy", "eyJ9=="}, {"x-goog-date", "20260101T000000Z"}} {
		want += fmt.Sprintf("--%s\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n", b, f[0], f[1])
	}
	want += "--" + b + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"schöne %22Datei%22%0D%0A.png\"\r\nContent-Type: image/png\r\n\r\nhello\r\n--" + b + "--\r\n"
	if string(got.body) != want {
		t.Errorf("body\n%q\nwant\n%q", got.body, want)
	}
}

func TestUploadSizes(t *testing.T) {
	type part struct {
		name string
		data []byte
	}
	parts := make(chan []part, 1)
	server := record(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(201) })
	c := newTestClient(t, server.URL)
	for i, size := range []int{0, 1, uploadBufferBytes - 1, uploadBufferBytes, 3*uploadBufferBytes + 7, 5 << 20} {
		t.Run(strconv.Itoa(size), func(t *testing.T) {
			data := bytes.Repeat([]byte("0123456789abcdef"), size/16+1)[:size]
			receipt, err := c.Upload(t.Context(), formFor(t, server.URL, `{"key":"k"}`), File{Size: int64(size), Body: bytes.NewReader(data)})
			if err != nil || receipt.FileBytes != int64(size) || !receipt.WholeBody {
				t.Fatalf("%+v, %v", receipt, err)
			}
			q := server.all()[i]
			if q.Length != int64(len(q.Body)) || q.Encoding != nil {
				t.Errorf("length %d of %d, encoding %v", q.Length, len(q.Body), q.Encoding)
			}
			_, params, _ := mime.ParseMediaType(q.Header.Get("Content-Type"))
			mr := multipart.NewReader(bytes.NewReader(q.Body), params["boundary"])
			var list []part
			for p, err := mr.NextPart(); err == nil; p, err = mr.NextPart() {
				d, _ := io.ReadAll(p)
				list = append(list, part{p.FormName(), d})
			}
			parts <- list
			got := <-parts
			if len(got) != 2 || got[0].name != "key" || got[1].name != "file" || !bytes.Equal(got[1].data, data) {
				t.Errorf("got %d parts", len(got))
			}
		})
	}
}

func TestAnySuccessCounts(t *testing.T) {
	for _, answer := range []string{
		"200 OK\r\nContent-Length: 2\r\n\r\n{}", "201 Created\r\nContent-Length: 3\r\n\r\n<a>", "204 No Content\r\n\r\n",
		"202 Accepted\r\nContent-Length: 0\r\n\r\n", "200 OK\r\nContent-Length: 500\r\n\r\ncut",
	} {
		base := rawServer(t, func(_ int, c *net.TCPConn) {
			_, _, _ = readWire(c)
			_, _ = io.WriteString(c, "HTTP/1.1 "+answer)
		})
		c := newTestClient(t, base)
		if receipt, err := c.Upload(t.Context(), formFor(t, base, `{}`), fileOf("hello")); err != nil || !receipt.WholeBody {
			t.Errorf("%q: %+v, %v", answer, receipt, err)
		}
	}
}

// An early answer closes the connection under a body that is still being written, again and again: chance must not decide.
func TestEarlyAnswerWins(t *testing.T) {
	for name, lingers := range map[string]bool{"Lingering": true, "Reset": false} {
		t.Run(name, func(t *testing.T) {
			base := rawServer(t, func(_ int, c *net.TCPConn) {
				buf := make([]byte, 1000)
				_, _ = io.ReadFull(c, buf)
				_, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\nContent-Type: application/xml\r\nContent-Length: 44\r\n\r\n<Error><Code>EntityTooLarge</Code></Error>  ")
				if lingers {
					_ = c.CloseWrite()
					_, _ = io.Copy(io.Discard, io.LimitReader(c, 1<<20))
				}
			})
			c := newTestClient(t, base)
			for i := range 40 {
				file := File{Size: 64 << 20, Body: zeros{}}
				receipt, err := c.Upload(t.Context(), formFor(t, base, `{}`), file)
				var e *StorageError
				if !errors.As(err, &e) || e.Verdict != VerdictTooLarge || receipt.WholeBody || receipt.FileBytes >= file.Size {
					t.Fatalf("round %d: %+v, %v", i, receipt, err)
				}
			}
		})
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestEarlySuccessIsNone(t *testing.T) {
	base := rawServer(t, func(_ int, c *net.TCPConn) {
		_, _ = io.ReadFull(c, make([]byte, 1000))
		_, _ = io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n")
	})
	c := newTestClient(t, base)
	receipt, err := c.Upload(t.Context(), formFor(t, base, `{}`), File{Size: 64 << 20, Body: zeros{}})
	var e *TransportError
	if receipt.WholeBody || !errors.As(err, &e) || e.Phase != PhaseWrite {
		t.Fatalf("%+v, %v", receipt, err)
	}
}

func TestCutConnections(t *testing.T) {
	const size = 8 << 20
	t.Run("AfterTheWholeBody", func(t *testing.T) {
		base := rawServer(t, func(_ int, c *net.TCPConn) { _, _, _ = readWire(c) })
		receipt, err := newTestClient(t, base).Upload(t.Context(), formFor(t, base, `{}`), File{Size: size, Body: zeros{}})
		var e *TransportError
		if !errors.As(err, &e) || e.Phase != PhaseAnswer || e.Timeout || !receipt.WholeBody || receipt.FileBytes != size {
			t.Fatalf("%+v, %v", receipt, err)
		}
	})
	t.Run("WithinTheBody", func(t *testing.T) {
		base := rawServer(t, func(_ int, c *net.TCPConn) {
			_, _ = io.CopyN(io.Discard, c, 1<<20)
			_ = c.SetLinger(0)
		})
		receipt, err := newTestClient(t, base).Upload(t.Context(), formFor(t, base, `{}`), File{Size: 256 << 20, Body: zeros{}})
		var e *TransportError
		if !errors.As(err, &e) || e.Phase != PhaseWrite || receipt.WholeBody || receipt.FileBytes < 1<<19 || receipt.FileBytes >= 256<<20 {
			t.Fatalf("%+v, %v", receipt, err)
		}
	})
	t.Run("Refused", func(t *testing.T) {
		base := rawServer(t, func(int, *net.TCPConn) {})
		l, _ := net.Listen("tcp", "127.0.0.1:0")
		gone := "http://" + l.Addr().String()
		l.Close()
		receipt, err := newTestClient(t, base).Upload(t.Context(), formFor(t, gone, `{}`), fileOf("hello"))
		var e *TransportError
		if !errors.As(err, &e) || e.Phase != PhaseDial || receipt.WholeBody || receipt.FileBytes != 0 {
			t.Fatalf("%+v, %v", receipt, err)
		}
	})
}

type brokenReader struct {
	data io.Reader
	err  error
}

func (b brokenReader) Read(p []byte) (int, error) {
	if n, err := b.data.Read(p); err == nil {
		return n, nil
	}
	return 0, b.err
}

func TestReaderErrorsAreTheCallers(t *testing.T) {
	disk := errors.New("disk says no")
	server := record(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) })
	c := newTestClient(t, server.URL)
	for name, tc := range map[string]struct {
		body io.Reader
		want error
		got  int64
	}{
		"Fails":      {brokenReader{strings.NewReader("0123"), disk}, disk, 4},
		"EndsEarly":  {strings.NewReader("0123"), io.ErrUnexpectedEOF, 4},
		"NoProgress": {iotestStuck{}, io.ErrNoProgress, 0},
		"AtOnce":     {brokenReader{strings.NewReader(""), disk}, disk, 0},
	} {
		t.Run(name, func(t *testing.T) {
			receipt, err := c.Upload(t.Context(), formFor(t, server.URL, `{}`), File{Size: 100, Body: tc.body})
			var e *ReadError
			if !errors.As(err, &e) || !errors.Is(err, tc.want) || e.Got != tc.got || e.Want != 100 || receipt.WholeBody {
				t.Fatalf("%+v, %v", receipt, err)
			}
			var network *TransportError
			if errors.As(err, &network) {
				t.Error("counts as a network error too")
			}
		})
	}
}

type iotestStuck struct{}

func (iotestStuck) Read([]byte) (int, error) { return 0, nil }

func TestUploadCanceled(t *testing.T) {
	stop := errors.New("shutting down")
	ctx, cancel := context.WithCancelCause(t.Context())
	base := rawServer(t, func(_ int, c *net.TCPConn) {
		_, _ = io.CopyN(io.Discard, c, 1<<20)
		cancel(stop)
		_, _ = io.Copy(io.Discard, c)
	})
	reads := &countReads{}
	_, err := newTestClient(t, base).Upload(ctx, formFor(t, base, `{}`), File{Size: 1 << 40, Body: reads})
	after := reads.n
	if !errors.Is(err, context.Canceled) || !errors.Is(err, stop) {
		t.Fatalf("got %v", err)
	}
	if reads.n != after { // the race detector would tell as well
		t.Error("read after return")
	}
}

type countReads struct{ n int }

func (c *countReads) Read(p []byte) (int, error) { c.n++; clear(p); return len(p), nil }

func TestInsecureTargetIsRefused(t *testing.T) {
	u, _ := ParseBaseURL("https://app.flora.example/api/v1")
	c, err := New(Options{BaseURL: u, Key: staticKey(testKey)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Upload(t.Context(), formFor(t, "http://127.0.0.1:1/x", `{}`), fileOf("x")); !errors.Is(err, ErrInsecureUpload) {
		t.Errorf("upload: %v", err)
	}
	if _, err := c.Download(t.Context(), "http://127.0.0.1:1/x", 1, io.Discard); !errors.Is(err, ErrInsecureUpload) {
		t.Errorf("download: %v", err)
	}
}
