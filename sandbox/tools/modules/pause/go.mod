module slipway.invalid/tools/pause

go 1.24
