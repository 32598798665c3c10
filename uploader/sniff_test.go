package uploader

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// box is the head of an ISO base media file of a brand (ISO/IEC 14496-12).
func box(brand string) string {
	return "\x00\x00\x00\x18ftyp" + brand + "\x00\x00\x00\x00" + brand + brand
}

func TestSniff(t *testing.T) {
	const (
		gif  = "GIF89a\x01\x00\x01\x00"
		webp = "RIFF\x24\x00\x00\x00WEBPVP8 "
		wav  = "RIFF\x24\x00\x00\x00WAVEfmt "
		webm = "\x1aE\xdf\xa3\x01\x00\x00\x00\x00\x00\x00\x1f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm"
	)
	for _, c := range []struct {
		name, content string
		want          string // "": not taken
	}{
		{"a.jpg", "\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"},
		{"a.png", "\x89PNG\r\n\x1a\n", "image/png"},
		{"a.webp", webp, "image/webp"},
		{"a.gif", gif, "image/gif"},
		{"a.avif", box("avif"), "image/avif"},
		{"a.heic", box("heic"), "image/heic"},
		{"a.heif", box("mif1"), "image/heif"},
		{"a.mp4", box("isom"), "video/mp4"},
		{"a.m4v", box("M4V "), "video/mp4"},
		{"a.mov", box("qt  "), "video/quicktime"},
		{"a.webm", webm, "video/webm"},
		{"a.mp3", "ID3\x04\x00\x00\x00\x00\x00\x00", "audio/mpeg"},
		{"a.wav", wav, "audio/wav"},
		{"a.ogg", "OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00", "audio/ogg"},
		{"a.pdf", "%PDF-1.7\n", "application/pdf"},
		{"wrong.pdf", "\x89PNG\r\n\x1a\n", "image/png"},
		{"none", gif, "image/gif"},
		{"text.jpg", "hello, this is text\n", "image/jpeg"},
		{"unknown.JPG", "\x01\x02\x03\x04\x05\x06\x07\x08", "image/jpeg"},
		{"unknown.mov", strings.Repeat("\x00\x01\x02\xfe", 2000), "video/quicktime"},
		{"nothing.png", "", "image/png"},
		{"text.txt", "hello", ""},
		{"unknown.bin", "\x01\x02\x03\x04", ""},
		{"archive.jpg", "PK\x03\x04\x14\x00\x00\x00\x08\x00", ""},
		{"program.png", "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x3e\x00", ""},
		{"page.gif", "<!DOCTYPE html><html><body>", ""},
		{"picture.svg", `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`, ""},
		{"picture.psd.jpg", "8BPS\x00\x01\x00\x00", ""},
		{"scan.jpg", "II*\x00\x08\x00\x00\x00", ""},
	} {
		kind, ok, err := sniff(strings.NewReader(c.content), c.name)
		if err != nil || ok != (c.want != "") || ok && kind != c.want || kind == "" {
			t.Errorf("%s: got %q, %v, %v; want %q", c.name, kind, ok, err, c.want)
		}
	}
}

func TestSentName(t *testing.T) {
	for given, want := range map[string]string{
		"plain.png":              "plain.png",
		"cafe\u0301.png":         "caf\u00e9.png", // NFC
		"a\x00b\n\x7f.png":       "a_b__.png",
		"a\u202egnp.exe":         "a_gnp.exe",
		"bad\xff\xfe.png":        "bad__.png",
		"\u65e5\u672c\u8a9e.jpg": "\u65e5\u672c\u8a9e.jpg",
	} {
		if got := sentName(given); got != want {
			t.Errorf("%q: got %q, want %q", given, got, want)
		}
	}
	for _, long := range []string{strings.Repeat("a", 300) + ".png", strings.Repeat("\u65e5", 85) + "a.jpeg", strings.Repeat("x", 254) + "\xff", "a." + strings.Repeat("b", 300),
		strings.Repeat("\u00e9", 127) + "\xff.png", strings.Repeat("\ufb2c", 90) + ".png"} {
		got := sentName(long)
		if len(got) > 255 || !utf8.ValidString(got) {
			t.Errorf("%q: %d bytes", got, len(got))
		}
		if strings.HasSuffix(long, ".png") && !strings.HasSuffix(got, ".png") {
			t.Errorf("%q lost its extension", got)
		}
	}
}
