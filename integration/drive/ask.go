package main

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"slices"
	"strings"
	"testing"
	"time"
)

// answer is what a build said to a request.
type answer struct {
	status int
	header http.Header
	body   string
}

// client is one for a build: it keeps its cookies, and follows no redirect, which would
// be a request of its own.
func client(h testing.TB) *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.Fatal(err)
	}
	return &http.Client{
		Jar:           jar,
		Timeout:       30 * time.Second,
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, // loopback, with certificates that the programs made themselves
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// ask sends a request as part of a trace, and keeps what the answer has to be saved of.
func (in *instance) ask(c *http.Client, r *Request, trace string) (*answer, error) {
	path := in.expand(r.Path)
	if !strings.Contains(path, "://") {
		path = "http://" + in.values["Addr"] + path
	}
	req, err := http.NewRequest(cmp.Or(r.Method, "GET"), path, strings.NewReader(in.expand(r.Body)))
	if err != nil {
		return nil, err
	}
	for key, value := range r.Header {
		req.Header.Set(key, in.expand(value))
	}
	req.Header.Set("X-Amzn-Trace-Id", "Root=1-"+trace[:8]+"-"+trace[8:]+";Parent="+caller+";Sampled=1")
	resp, err := c.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	a := &answer{status: resp.StatusCode, header: resp.Header, body: string(body)}
	for name, find := range r.Save {
		found := find.FindStringSubmatch(a.text())
		if len(found) < 2 {
			return nil, fmt.Errorf("nothing in the answer is %s (%s):\n%s", name, find, a.text())
		}
		in.values[name] = found[1]
	}
	return a, nil
}

// text returns all of an answer but its date.
func (a *answer) text() string {
	lines := []string{fmt.Sprint(a.status)}
	for _, key := range slices.Sorted(maps.Keys(a.header)) {
		if key != "Date" {
			lines = append(lines, fmt.Sprintf("%s: %s", key, strings.Join(a.header[key], ", ")))
		}
	}
	return strings.Join(append(lines, "", a.body), "\n")
}

// comparable returns an answer without what varies: what the list says, and the
// addresses and folders of the instance.
func (in *instance) comparable(a *answer, vary []*pattern) string {
	text := a.text()
	for name, addr := range in.addrs {
		text = strings.ReplaceAll(text, addr, "<addr "+name+">")
	}
	text = strings.ReplaceAll(text, in.values["Dir"], "<dir>")
	text = strings.ReplaceAll(text, in.values["Source"], "<source>")
	for _, v := range vary {
		text = v.ReplaceAllString(text, "<varies>")
	}
	return text
}
