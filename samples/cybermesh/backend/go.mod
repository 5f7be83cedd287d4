module cybermesh.example/backend

go 1.24
