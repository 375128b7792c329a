package shipping

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"example.com/streamline/internal/api"
	"example.com/streamline/internal/httpjson"
)

var client = &http.Client{
	Timeout:   10 * time.Second,
	Transport: &http.Transport{MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute},
}

// notify has NotificationDispatcher write to the customer and returns the number of the message.
func notify(ctx context.Context, baseURL string, notice api.Notice) (string, error) {
	body, err := json.Marshal(notice)
	if err != nil {
		return "", err
	}
	resp, err := client.Post(baseURL+"/notifications", "application/json", bytes.NewReader(body))
	if err != nil {
		return "", fmt.Errorf("notifying: %w", err)
	}
	var result api.NoticeResult
	err = httpjson.Decode(resp, &result)
	return result.MessageID, err
}
