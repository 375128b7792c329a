// Package xray holds the idioms of package plain as they read when they are traced,
// and the code that goes along with them.
package xray

import (
	"context"

	"github.com/aws/aws-xray-sdk-go/v2/xray"

	"example.com/shop/internal/stock"
)

func StockLevel(ctx context.Context, c *stock.Client, sku string) (int, error) {
	return c.LevelContext(ctx, sku)
}

func StockRetry(ctx context.Context, name string, work func() error) error {
	return xrayStockRetry(ctx, name, work)
}

// xrayStockRetry is stock.Retry as a subsegment. Without a segment it is just that.
func xrayStockRetry(ctx context.Context, name string, work func() error) error {
	if xray.GetSegment(ctx) == nil {
		return stock.Retry(name, work)
	}
	_, seg := xray.BeginSubsegment(ctx, name)
	err := stock.Retry(name, work)
	seg.Close(err)
	return err
}
