package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

// workload is a folder of files and the latency that each answer of the sandbox is given.
type workload struct {
	Name    string
	Latency time.Duration
	Files   int
	Bytes   int64
	sizes   func(i int, r *rand.Rand) int64
	ext     string
	magic   string
	without []string // tools that do not come to an end with it
}

const (
	png = "\x89PNG\r\n\x1a\n"
	mp4 = "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
)

// workloads are those of the comparison, with a share of their files.
func workloads(scale float64) []workload {
	n := func(files int) int { return max(1, int(float64(files)*scale)) }
	small := func(int, *rand.Rand) int64 { return 20_000 }
	// mixed sizes are even in their logarithm: as many from 50 to 500 kB as from 2 to 20 MB.
	mixed := func(_ int, r *rand.Rand) int64 {
		return int64(math.Exp(math.Log(50e3) + r.Float64()*(math.Log(20e6)-math.Log(50e3))))
	}
	film := func(int, *rand.Rand) int64 { return max(1<<20, int64(float64(4<<30)*scale)) }
	const late = 50 * time.Millisecond
	// Node's fetch (20.20) takes a Blob of 4 GiB and never sends a byte of it: looked at for ten minutes.
	film4G := []string{theSDK}
	return []workload{
		{Name: "small", Files: n(10_000), sizes: small, ext: ".png", magic: png},
		{Name: "small-50ms", Latency: late, Files: n(2_000), sizes: small, ext: ".png", magic: png},
		{Name: "mixed", Files: n(2_000), sizes: mixed, ext: ".png", magic: png},
		{Name: "mixed-50ms", Latency: late, Files: n(500), sizes: mixed, ext: ".png", magic: png},
		{Name: "film", Files: 1, sizes: film, ext: ".mp4", magic: mp4, without: film4G},
		{Name: "film-50ms", Latency: late, Files: 1, sizes: film, ext: ".mp4", magic: mp4, without: film4G},
	}
}

func workloadNames() []string {
	var names []string
	for _, w := range workloads(1) {
		names = append(names, w.Name)
	}
	return names
}

// plant writes the workload's files, the same for each run, and counts their bytes.
func (w *workload) plant(dir string) error {
	sizes := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 1<<20)
	bytes := rand.NewChaCha8([32]byte{})
	for i := range w.Files {
		path := filepath.Join(dir, fmt.Sprintf("%02d", i%50), fmt.Sprintf("%05d%s", i, w.ext))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		f, err := os.Create(path)
		if err != nil {
			return err
		}
		size := w.sizes(i, sizes)
		for left := size; left > 0 && err == nil; {
			n := min(left, int64(len(noise)))
			_, _ = bytes.Read(noise[:n])
			if left == size {
				copy(noise, w.magic)
			}
			_, err = f.Write(noise[:n])
			left -= n
		}
		if closed := f.Close(); err == nil {
			err = closed
		}
		if err != nil {
			return err
		}
		w.Bytes += size
	}
	return nil
}
