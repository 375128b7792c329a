// Package program runs commands.
package program

import (
	"context"
	sh "os/exec"
)

type other struct{}

func (other) Command(string) {}

// Commands has each form of a call, and some that only look like one.
func Commands(ctx context.Context, args []string) []*sh.Cmd {
	exec := other{}
	exec.Command("not this one")
	make := sh.Command // nor this one: it is no call
	return []*sh.Cmd{
		sh.Command("true"),
		sh.Command( "odd" ,   "spaces" ), // stay
		sh.Command("all", args...),
		sh.Command(
			"lines", // with a comment
			"and a trailing comma",
		),
		sh.Command("outer", sh.Command("inner", "x").String()),
		make("true"),
	}
}
