console.log("in worker", require("./a").x)
