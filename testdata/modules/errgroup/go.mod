module example.com/app

go 1.24

require golang.org/x/sync v0.11.0
