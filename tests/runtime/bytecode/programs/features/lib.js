exports.lib = "lib"; exports.where = () => new Error("w").stack
