exports.x="b"
