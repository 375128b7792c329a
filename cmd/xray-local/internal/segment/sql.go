package segment

import "strings"

// MaskSQL replaces the literals of a statement by question marks, and leaves its comments
// out, in which anything may stand. What is between double quotes is a name in standard SQL
// and a text for MySQL: it is replaced where no name can be, after an operator or a comma.
func MaskSQL(query string) string {
	var out strings.Builder
	for i := 0; i < len(query); {
		n, masked := token(query, i, out.String())
		out.WriteString(masked)
		i += n
	}
	return out.String()
}

// token returns the length of what begins at i, and what stands for it.
func token(query string, i int, before string) (int, string) {
	rest := query[i:]
	switch c := rest[0]; {
	case strings.HasPrefix(rest, "--"), c == '#' && !strings.HasPrefix(rest, "#>"):
		return until(rest, "\n", false), " "
	case strings.HasPrefix(rest, "/*"):
		return until(rest[2:], "*/", true) + 2, " "
	case c == '\'':
		return quoted(rest, '\''), "?"
	case c == '"' && value(before):
		return quoted(rest, '"'), "?"
	case c == '"' || c == '`':
		n := quoted(rest, c)
		return n, rest[:n]
	case c == '$':
		return dollar(rest)
	case digit(c):
		return numeral(rest), "?"
	case letter(c):
		return word(rest)
	}
	return 1, rest[:1]
}

// value says whether a literal can follow: there is an operator, a bracket or a comma.
func value(before string) bool {
	before = strings.TrimRight(before, " \t\r\n")
	return before != "" && strings.ContainsRune("=<>(,+-*/|!", rune(before[len(before)-1]))
}

// word returns a name, or a literal with a prefix: E'..', X'..', N'..', B'..'.
func word(rest string) (int, string) {
	n := 1
	for n < len(rest) && (letter(rest[n]) || digit(rest[n])) {
		n++
	}
	if n == 1 && len(rest) > 1 && rest[1] == '\'' && strings.ContainsRune("eExXnNbB", rune(rest[0])) {
		return 1 + quoted(rest[1:], '\''), "?"
	}
	return n, rest[:n]
}

// dollar returns a parameter like $1, or a literal between $tag$ and $tag$.
func dollar(rest string) (int, string) {
	end := strings.IndexByte(rest[1:], '$')
	if tag := 1; end >= 0 {
		for tag <= end && (letter(rest[tag]) || digit(rest[tag])) {
			tag++
		}
		if tag == end+1 && !(end > 0 && digit(rest[1])) {
			mark := rest[:end+2]
			return len(mark) + until(rest[len(mark):], mark, true), "?"
		}
	}
	n := 1
	for n < len(rest) && digit(rest[n]) {
		n++
	}
	return n, rest[:n]
}

// until returns the length up to a mark, with the mark if it belongs to it.
func until(rest, mark string, with bool) int {
	i := strings.Index(rest, mark)
	switch {
	case i < 0:
		return len(rest)
	case with:
		return i + len(mark)
	}
	return i
}

// quoted returns the length of what is between two quotes; a doubled quote belongs to the
// text. Whether a quote behind a backslash does depends on the database, so that nobody can
// tell where such a text ends: it is taken to be all that is left.
func quoted(rest string, quote byte) int {
	for i := 1; i < len(rest); i++ {
		switch {
		case rest[i] == '\\' && i+1 < len(rest) && rest[i+1] == quote:
			return len(rest)
		case rest[i] == quote && i+1 < len(rest) && rest[i+1] == quote:
			i++
		case rest[i] == quote:
			return i + 1
		}
	}
	return len(rest)
}

func numeral(rest string) int {
	n := 1
	for n < len(rest) && (digit(rest[n]) || letter(rest[n]) || rest[n] == '.') {
		n++
	}
	return n
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

func letter(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
