package watch

import (
	"context"
	"fmt"
	"io"
	"net/http"
)

// largestPage bounds what is read of a page (B).
const largestPage = 16 << 20

// fetch reads a page.
func fetch(ctx context.Context, client *http.Client, url, accept string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("User-Agent", "headroom-watch")
	if accept != "" {
		request.Header.Set("Accept", accept)
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answered %s", response.Status)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, largestPage+1))
	if err == nil && len(text) > largestPage {
		err = fmt.Errorf("more than %d MB", largestPage>>20)
	}
	return text, err
}
