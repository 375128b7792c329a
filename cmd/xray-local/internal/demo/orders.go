package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// How the orders come. There is a first phase in which all is well, so that what follows can be
// seen to be unlike it; then the database of shipments is slow for a while, again and again.
const (
	between    = 300 * time.Millisecond
	goodPhase  = 45 * time.Second
	slowPhase  = 30 * time.Second
	slowness   = 45 * time.Millisecond // of each statement, of which an order has three or four
	failEvery  = 61                    // change of the stock's database
	restock    = 100                   // orders; there are not as many lamps as are wanted
	floodEvery = 67                    // call of DynamoDB
)

// orders sends orders until the context ends.
func (p *platform) orders(ctx context.Context) error {
	for _, command := range []string{
		fmt.Sprintf("slow orders %v", 2*time.Millisecond), fmt.Sprintf("slow stock %v", 3*time.Millisecond), fmt.Sprintf("slow shipping %v", 4*time.Millisecond),
		fmt.Sprintf("fail stock %d", failEvery), fmt.Sprintf("throttle dynamodb %d", floodEvery),
	} {
		if err := p.say("%s", command); err != nil {
			return err
		}
	}
	change := time.NewTimer(goodPhase)
	defer change.Stop()
	ticker := time.NewTicker(between)
	defer ticker.Stop()
	client := &http.Client{Timeout: 10 * time.Second}
	slow := false
	for i := 0; ; i++ {
		p.wait.Go(func() { send(ctx, client, "http://"+p.door, i) })
		if i%restock == 0 {
			_ = p.say("exec stock UPDATE products SET on_hand = 500 WHERE sku <> 'lamp'")
		}
		select {
		case <-ctx.Done():
			return nil
		case err := <-p.ended:
			return err
		case <-change.C:
			if slow = !slow; slow {
				_ = p.say("slow shipping %v", slowness) // when they have ended, that is told above
				change.Reset(slowPhase)
			} else {
				_ = p.say("slow shipping %v", 4*time.Millisecond)
				change.Reset(goodPhase)
			}
		case <-ticker.C:
		}
	}
}

type item struct {
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
}

// send sends the order with a number, or asks for one that was sent. A few can't succeed:
// the card is declined, the article is out of stock or unknown.
func send(ctx context.Context, client *http.Client, door string, i int) {
	if i%5 == 4 {
		get, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/orders/%d", door, max(1, i/2)), nil)
		if err == nil {
			do(client, get)
		}
		return
	}
	card, items := "tok_visa", []item{{"chair", 1 + i%3}}
	if i%2 == 0 {
		items = append(items, item{"desk", 1})
	}
	switch {
	case i%17 == 11:
		card = "tok_declined"
	case i%29 == 13:
		items = []item{{"lamp", 100}}
	case i%53 == 20:
		items = []item{{"unicorn", 1}}
	}
	body, err := json.Marshal(map[string]any{
		"email": "ada@example.com", "card_token": card, "placed_on": "2026-03-02", "items": items,
		"ship_to": map[string]string{"name": "Ada", "street": "Hauptstr. 1", "city": "Ulm", "postal_code": "89073", "country": []string{"DE", "FR", "NL"}[i%3]},
	})
	if err != nil {
		return // texts and numbers can be encoded
	}
	post, err := http.NewRequestWithContext(ctx, http.MethodPost, door+"/orders", bytes.NewReader(body))
	if err == nil {
		post.Header.Set("Content-Type", "application/json")
		do(client, post)
	}
}

// do sends a request; how it went is on the page.
func do(client *http.Client, r *http.Request) {
	if resp, err := client.Do(r); err == nil {
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
}
