module slipway.invalid/tools/emulate

go 1.24
