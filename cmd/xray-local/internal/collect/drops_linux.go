package collect

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
)

// systemDrops returns how many datagrams the system has thrown away since the buffer of a
// connection was full. It counts them in the last column of its table of sockets.
func systemDrops(addr net.Addr) uint64 {
	udp, ok := addr.(*net.UDPAddr)
	if !ok {
		return 0
	}
	port := fmt.Sprintf(":%04X", udp.Port)
	drops := uint64(0)
	for _, table := range []string{"/proc/net/udp", "/proc/net/udp6"} {
		text, err := os.ReadFile(table)
		if err != nil {
			continue // a system without IPv6
		}
		for line := range strings.Lines(string(text)) {
			fields := strings.Fields(line)
			if len(fields) < 13 || !strings.HasSuffix(fields[1], port) {
				continue
			}
			if n, err := strconv.ParseUint(fields[len(fields)-1], 10, 64); err == nil {
				drops += n
			}
		}
	}
	return drops
}
