package foreign

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/headroom/headroom/scenarios/holes"
)

// What describes requests and not a model. They are read, and never written.
const (
	HAR     Format = "har"     // recordings of browsers, HTTP archive 1.2
	OpenAPI Format = "openapi" // descriptions of interfaces, 3.0 and 3.1
	Curl    Format = "curl"    // curl commands, one or a script of them
)

// RequestFormats are the names of the formats that describe requests.
func RequestFormats() []string { return []string{string(HAR), string(OpenAPI), string(Curl)} }

// requestFormat is the format of requests that has a name.
func requestFormat(name string) (Format, bool) {
	switch name {
	case "har":
		return HAR, true
	case "openapi", "oas", "swagger":
		return OpenAPI, true
	case "curl", "sh", "bash":
		return Curl, true
	}
	return "", false
}

// FormatIn guesses the format of a file that describes requests from what is in
// it; models are told by their extension.
func FormatIn(src []byte) (Format, bool) {
	head := src[:min(len(src), 64<<10)]
	trimmed := bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\ufeff")))
	switch {
	case bytes.HasPrefix(trimmed, []byte("curl ")), bytes.HasPrefix(trimmed, []byte("$ curl ")), bytes.Contains(head, []byte("\ncurl ")):
		return Curl, true
	case bytes.Contains(head, []byte(`"openapi"`)), bytes.HasPrefix(trimmed, []byte("openapi:")), bytes.Contains(head, []byte("\nopenapi:")):
		return OpenAPI, true
	case bytes.HasPrefix(trimmed, []byte("{")) && bytes.Contains(head, []byte(`"log"`)) && bytes.Contains(head, []byte(`"creator"`)):
		return HAR, true
	}
	return "", false
}

// maxRecording is the longest recording that is read (B): they hold the bodies
// of answers.
const maxRecording = 64 << 20

// Limit is the longest file of a format that is read (B).
func (f Format) Limit() int64 {
	if f == HAR {
		return maxRecording
	}
	return MaxSize
}

// requests reads a file that describes requests; ok is false where the format is
// another. Its asks are nil where it has mistakes.
func (d *draft) requests(format Format, src []byte) (a *asks, ok bool) {
	if int64(len(src)) > format.Limit() {
		d.fail(0, "the file has more than %d MiB", format.Limit()>>20)
		return nil, true
	}
	switch format {
	case HAR:
		return readHAR(d, src), true
	case OpenAPI:
		return readOpenAPI(d, src), true
	case Curl:
		return readCurl(d, src), true
	}
	return nil, false
}

// jsonText is a value as JSON, in which nothing is a hole.
func jsonText(value any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(value) != nil {
		return "null"
	}
	return holes.Quote(strings.TrimSuffix(b.String(), "\n"))
}
