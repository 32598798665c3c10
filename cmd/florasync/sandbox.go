package main

import (
	"fmt"
	"os"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/spf13/cobra"
)

func sandboxCommand(_ *globals) *cobra.Command {
	var listen string
	var o sandbox.Options
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Run a stand-in for FLORA on this machine",
		Long: `Run a stand-in for FLORA and its storage on this machine: its API, signed forms that expire, processing, rate
limits and its errors, with faults on request. It keeps assets in a folder, shows them on a page, and notes every
rule of FLORA that a client breaks (GET /sandbox/violations). Loopback only.

The first line on standard output is the base URL, printed when it accepts. Faults: name=share or name=duration,
separated by commas, e.g. lost=0.1,5xx=0.05,storage_5xx=0.1,cut=0.1,latency=200ms,expire=3s,rate=60; a share may aim at
one operation (complete.lost=1). They can be changed while it runs: PUT /sandbox/faults.`,
		Example: `  ` + self() + ` sandbox
  ` + self() + ` sandbox --storage imagekit --faults lost=0.1,expire=3s
  FLORA_API_KEY=sk_sandbox FLORA_BASE_URL=http://127.0.0.1:8787/api/v1 ` + self() + ` upload a.png --workspace ws_any`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := interrupted(cmd.Context())
			defer cancel()
			if o.Dir == "" {
				dir, err := os.MkdirTemp("", "florasync-sandbox-")
				if err != nil {
					return err
				}
				defer os.RemoveAll(dir)
				o.Dir = dir
			}
			l, err := sandbox.Listen(listen)
			if err != nil {
				return usage("--listen: %w", err)
			}
			server, err := sandbox.Open(o)
			if err != nil {
				l.Close()
				return usage("%w", err)
			}
			defer server.Close()
			if err := say("%s", sandbox.BaseURL(l)); err != nil {
				l.Close()
				return err
			}
			fmt.Fprintf(os.Stderr, "assets at http://%s/ ; any ws_ and prj_ exists; Ctrl-C stops\n", l.Addr())
			return server.Serve(ctx, l)
		},
	}
	f := cmd.Flags()
	f.StringVar(&listen, "listen", "127.0.0.1:8787", "loopback `ADDR` to listen on; port 0 takes any")
	f.StringVar(&o.Key, "key", sandbox.DefaultKey, "the API `KEY` it accepts")
	f.StringVar(&o.Dir, "dir", "", "`DIR` for bytes and state (default: a temporary one)")
	f.StringVar(&o.Storage, "storage", sandbox.GCS, "kind of storage: gcs or imagekit")
	f.StringVar(&o.Faults, "faults", "", "faults on request, e.g. lost=0.1,expire=3s")
	f.BoolVar(&o.NoSync, "no-sync", false, "do not wait for the disk: faster, and not safe against a power cut")
	return cmd
}
