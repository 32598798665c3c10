package uploader_test

import (
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

const png = "\x89PNG\r\n\x1a\n"

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := flora.ParseBaseURL(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestOneFileBecomesOneReadyAsset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sandbox.Options{})
		defer b.stop()
		id := b.write("a/b.png", png, 5000)
		b.run(time.Second)
		it := b.item(id)
		if it.Phase != state.Done || it.AssetID == "" || it.To.Folder != "in/a" || it.To.Name != "b.png" || it.To.Type != "image/png" || !it.HasDigest() {
			t.Errorf("got %+v", it)
		}
		if len(it.RequestIDs()) < 2 {
			t.Errorf("request ids: %v", it.RequestIDs())
		}
		b.promises()
	})
}

func TestEveryServerLeadsToOneReadyAsset(t *testing.T) {
	for name, o := range map[string]sandbox.Options{
		"Plain":             {},
		"ImageKit":          {Storage: sandbox.ImageKit},
		"SlowProcessing":    {Process: 90 * time.Second},
		"LongProcessing":    {Process: 20 * time.Minute},
		"CamelForm":         {CamelForm: true},
		"NullSize":          {NullSize: true},
		"RetryOnlyExpired":  {Retry: sandbox.RetryExpired},
		"EmptyFails":        {Empty: sandbox.EmptyFails},
		"EmptyReady":        {Empty: sandbox.EmptyReady},
		"Replay":            {Replay: true},
		"Answers200":        {ReserveStatus: 200, GCSStatus: 201},
		"RateLimited":       {RateN: 5, RateWindow: 10 * time.Second},
		"RateWithoutHeader": {RateN: 5, RateWindow: 4 * time.Second, NoRetryAfter: true},
		"ShortForms":        {Form: 2 * time.Second, Faults: "latency=1500ms"},
		"FaultyAPI":         {Faults: "lost=0.15,error=0.1,error_after=0.1"},
		"FaultyStorage":     {Faults: "cut=0.2,storage_lost=0.2,storage_5xx=0.2"},
		"FaultyImageKit":    {Storage: sandbox.ImageKit, Faults: "cut=0.2,storage_lost=0.2,storage_5xx=0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o.Seed = 7
				b := newBench(t, o)
				defer b.stop()
				for _, name := range []string{"1.png", "2.png", "3.png", "4.png", "x/5.png", "x/6.png", "7.png", "8.png"} {
					b.write(name, png, 40_000)
				}
				b.run(2 * time.Hour)
				b.promises()
			})
		})
	}
}

func TestKilledAtAnyMomentNothingIsLostOrDoubled(t *testing.T) {
	for _, o := range []sandbox.Options{{}, {Storage: sandbox.ImageKit}, {Process: 3 * time.Second, Retry: sandbox.RetryExpired}, {Faults: "lost=0.2,storage_lost=0.2"}} {
		synctest.Test(t, func(t *testing.T) {
			o.Seed = 3
			if o.Faults == "" {
				o.Faults = "latency=300ms"
			} else {
				o.Faults += ",latency=300ms"
			}
			b := newBench(t, o)
			defer b.stop()
			for _, name := range []string{"1.png", "2.png", "3.png", "4.png", "5.png", "6.png", "7.png", "8.png", "9.png"} {
				b.write(name, png, 20_000)
			}
			for life := range 12 {
				b.kill(time.Duration(150+170*life) * time.Millisecond)
				b.queue.Close()
				b.open()
			}
			b.run(3 * time.Hour)
			b.promises()
		})
	}
}
