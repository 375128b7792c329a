package rewrite

import (
	"context"
	"os"

	"github.com/seed-4257438c/xray-instrument/rewrite/commit"
)

// vendor makes the vendor folder that goes with a module's plan, beside the present one.
// Sources are the module's files as they will be; nil, where the SDK is to be required.
func (r *run) vendor(ctx context.Context, m *module, sources map[string][]byte) error {
	if !m.plan.Vendored || r.opts.DryRun {
		return nil
	}
	folder, prepared, err := m.plan.Vendor(ctx, sources)
	if err != nil {
		return err
	}
	r.closers = append(r.closers, func() error { return os.RemoveAll(prepared) }) // unless it has become the vendor folder
	m.vendored = &commit.Dir{Path: folder, New: prepared}
	return nil
}
