exports.x="a"
