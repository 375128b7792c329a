package config

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// Capture asks for subsegments of functions, as the directive //xray:capture above
// each of them does.
type Capture struct {
	Func     Text // FOLDER.FUNCTION, each with patterns
	Name     Text // of the subsegment
	Annotate []Annotation
}

// Annotation asks for an annotation by a parameter of a captured function, or a field
// of one.
type Annotation struct {
	Key, Value Text
	Allow      bool // although it may hold what a trace must not
}

// sensitive are the words in the names of what a trace must not hold, unless the file
// allows it.
var sensitive = []string{
	"accesskey", "address", "apikey", "auth", "authorization", "bearer", "birth", "card", "cookie", "credential", "cvc", "cvv", "dob", "email", "iban", "jwt",
	"otp", "passphrase", "passport", "passwd", "password", "phone", "pin", "privatekey", "pwd", "salary", "secret", "signature", "ssn", "token",
}

// paramPath is a parameter's name, or the path of a field of it.
var paramPath = regexp.MustCompile(`^[\pL_][\pL\pN_]*(\.[\pL_][\pL\pN_]*)*$`)

// capture reads an entry of the list capture.
func (p *parser) capture(n *yaml.Node) {
	var c Capture
	p.mapping(n, "capture", func(key string, v *yaml.Node) {
		switch key {
		case "func":
			c.Func = p.text(v, "capture.func")
		case "name":
			c.Name = p.text(v, "capture.name")
		case "annotate":
			p.pairs(v, "capture.annotate", func(key string, k, v *yaml.Node) {
				c.Annotate = append(c.Annotate, p.annotation(Text{key, posOf(k)}, v))
			})
		}
	})
	if n.Kind != yaml.MappingNode {
		return
	}
	dir, name := splitFunc(c.Func.Value)
	switch {
	case !c.Func.Given():
		p.errorf(n, "capture: an entry needs func, the function or pattern of functions")
	case !validGlob(dir) || !validGlob(strings.ReplaceAll(name, ".", "/")):
		p.errs = append(p.errs, p.file.Errorf(c.Func.Pos, "capture.func: %q is no function of the module, like ./internal/order.(*Service).Validate", c.Func.Value))
	}
	p.file.Capture = append(p.file.Capture, c)
}

// annotation reads an annotation: what it holds, or that with the word to allow it.
func (p *parser) annotation(key Text, n *yaml.Node) Annotation {
	a := Annotation{Key: key}
	if n.Kind != yaml.MappingNode {
		a.Value = p.text(n, "capture.annotate of "+key.Value)
	} else {
		p.pairs(n, "capture.annotate", func(word string, k, v *yaml.Node) {
			switch {
			case word == "value":
				a.Value = p.text(v, "capture.annotate of "+key.Value)
			case word == "allow" && v.ShortTag() == "!!bool":
				v.Decode(&a.Allow)
			case word == "allow":
				p.errorf(v, "capture.annotate of %s: allow is true or false", key.Value)
			default:
				p.errorf(k, "unknown key %q of capture.annotate: there are value, allow", word)
			}
		})
		if !a.Value.Given() {
			p.errorf(n, "capture.annotate of %s: give value, a parameter or a field of one", key.Value)
		}
	}
	if a.Value.Given() && !paramPath.MatchString(a.Value.Value) {
		p.errs = append(p.errs, p.file.Errorf(a.Value.Pos, "capture.annotate of %s: %q is neither a parameter nor a field of one, like order.ID", key.Value, a.Value.Value))
	}
	return a
}

// checkSensitive refuses annotations by what may hold personal data or secrets.
func (p *parser) checkSensitive() {
	words := slices.Clone(sensitive)
	for _, t := range p.file.Sensitive {
		word, less := strings.CutPrefix(strings.ToLower(t.Value), "-")
		i := slices.Index(words, word)
		switch {
		case less && i < 0:
			p.errs = append(p.errs, p.file.Errorf(t.Pos, "sensitive: %q is not among %s", word, strings.Join(words, ", ")))
		case less:
			words = slices.Delete(words, i, i+1)
		default:
			words = append(words, word)
		}
	}
	for _, c := range p.file.Capture {
		for _, a := range c.Annotate {
			word := sensitiveIn(words, a.Key.Value+"."+a.Value.Value)
			if word != "" && !a.Allow {
				p.errs = append(p.errs, p.file.Errorf(a.Value.Pos, "capture.annotate of %s: %s may hold what no trace should (%s): write %s: {value: %[2]s, allow: true} if it does not",
					a.Key.Value, a.Value.Value, word, a.Key.Value))
			}
		}
	}
}

// sensitiveIn returns the one of the words that a name has, or "". A word of five
// letters and more is found anywhere in it, a shorter one as a word of its own.
func sensitiveIn(words []string, name string) string {
	for part := range strings.SplitSeq(name, ".") {
		split := wordsOf(part)
		squeezed := strings.Join(split, "")
		for _, word := range words {
			if slices.Contains(split, word) || slices.Contains(split, word+"s") || len(word) >= 5 && strings.Contains(squeezed, word) {
				return word
			}
		}
	}
	return ""
}

// wordsOf splits a name as in cardNumber, card_number or CVVCode, in small letters.
func wordsOf(name string) []string {
	var out []string
	letters := []rune(name)
	start := 0
	cut := func(end int) {
		if start < end {
			out = append(out, strings.ToLower(string(letters[start:end])))
		}
	}
	for i, r := range letters {
		switch {
		case !unicode.IsLetter(r):
			cut(i)
			start = i + 1
		case unicode.IsUpper(r) && i > start && (unicode.IsLower(letters[i-1]) || i+1 < len(letters) && unicode.IsLower(letters[i+1])):
			cut(i)
			start = i
		}
	}
	cut(len(letters))
	return out
}
