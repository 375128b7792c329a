package torture

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"
)

// document is a segment or subsegment, as the X-Ray SDK sends it. Times are seconds since 1970.
type document struct {
	ID, Name    string
	Start       float64         `json:"start_time"`
	End         float64         `json:"end_time"`
	InProgress  bool            `json:"in_progress"`
	HTTP        json.RawMessage `json:"http"`
	SQL         json.RawMessage `json:"sql"`
	Subsegments []document
}

func (d *document) String() string {
	return fmt.Sprintf("%s from %f to %f %s%s", d.Name, d.Start, d.End, d.HTTP, d.SQL)
}

// everything samples all segments: by default the SDK takes one a second.
const everything = `package main

import (
	"github.com/aws/aws-xray-sdk-go/v2/strategy/sampling"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
)

func init() {
	all, err := sampling.NewLocalizedStrategyFromJSONBytes([]byte("{\"version\":2,\"default\":{\"fixed_target\":1000000,\"rate\":1}}"))
	if err == nil {
		err = xray.Configure(xray.Config{SamplingStrategy: all})
	}
	if err != nil {
		panic(err)
	}
}
`

// traces runs the instrumented module and checks what arrives: every segment and subsegment once,
// ended, and what is part of another within the time of that.
func (m *mode) traces() error {
	file := filepath.Join(m.dir, "everything.go")
	if err := os.WriteFile(file, []byte(everything), 0o666); err != nil {
		return err
	}
	err := compile(m.dir, m.program("sampled"))
	if err := errors.Join(err, os.Remove(file)); err != nil {
		return err
	}
	documents, err := m.sent(m.program("sampled"))
	if err != nil {
		return err
	}
	if len(documents) == 0 {
		return errors.New("no trace has arrived")
	}
	times := map[string]int{}
	for _, d := range documents {
		times[d.ID]++
	}
	for _, d := range documents {
		// What a goroutine hands a request that is over to is sent with the request's segment once more.
		isRequest := d.HTTP != nil
		if times[d.ID] > 1 && !isRequest {
			m.fail("traces", "sent more than once: "+d.String())
		}
		if times[d.ID] == 1 {
			m.within(&d)
		}
	}
	return nil
}

// within checks a document and all that is embedded in it.
func (m *mode) within(d *document) {
	if d.InProgress || d.End == 0 {
		m.fail("traces", "not ended: "+d.String())
	}
	for _, sub := range d.Subsegments {
		if sub.Start < d.Start || sub.End > d.End {
			m.fail("traces", "not within its parent: "+sub.String()+"\nis part of "+d.String())
		}
		m.within(&sub)
	}
}

// sent runs a program and returns the documents that it sends.
func (m *mode) sent(program string) ([]document, error) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	_ = conn.(*net.UDPConn).SetReadBuffer(8 << 20)
	ended := make(chan error, 1)
	go func() {
		_, _, err := runWith([]string{"AWS_XRAY_DAEMON_ADDRESS=" + conn.LocalAddr().String()}, m.dir, program, program+".log")
		_ = conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond)) // the rest has arrived, and waits to be read
		ended <- err
	}()
	var documents []document
	buf := make([]byte, 1<<16)
	for {
		n, _, err := conn.ReadFrom(buf)
		if err != nil {
			return documents, <-ended
		}
		_, body, _ := bytes.Cut(buf[:n], []byte("\n")) // behind a header of the daemon's
		var d document
		if err := json.Unmarshal(body, &d); err != nil {
			return nil, err
		}
		documents = append(documents, d)
	}
}
