console.log("in child", require("./a").x, typeof gc, process.execArgv)
